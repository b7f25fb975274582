"""A plan becomes one frozen list document per household.

In: plan, forecast, prices, layout. Out: documents, the page's data, the manifest.
Rules: a document holds every text; no medium computes.
Not here: Typst, mail (adapters).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
