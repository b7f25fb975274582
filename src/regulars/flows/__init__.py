"""One function per thing a user can ask, and the ports it needs.

In: requests as plain values. Out: reports as plain values; published tables, ledger rows, files.
Rules: what costs money or sends mail goes plan, then apply; every flow runs again without harm.
Not here: drivers (adapters), settings (bootstrap), printing to a screen (cli).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
