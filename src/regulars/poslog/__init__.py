"""Tills' logs in POSLog (ARTS, OMG), versions 2.x and 6.0, become till lines.

In: a file. Out: rows as text, other transactions, findings with line and byte.
Rules: the standard library and the kernel only, so that a process under limits starts in a moment; unknown elements
never fail a file; what cannot be read costs one transaction.
Not here: starting that process (adapters), checking values (ingest's mappings and rules).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
