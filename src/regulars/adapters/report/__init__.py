"""The report page: one HTML file that opens from disk, with charts as pictures and tables beneath.

In: ReportData. Out: the bytes of the page.
Rules: nothing is counted here; the same data give the same bytes; no script runs and no address is called.
Not here: where the figures come from (flows), what a list looks like (lists, Typst).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
