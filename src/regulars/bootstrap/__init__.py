"""Loads settings, picks adapters, hands out flows.

In: regulars.toml, REGULARS_A__B, flags. Out: a workspace, and every flow bound to its ports.
Rules: settings are frozen and unread at import.
Not here: what a flow does.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
