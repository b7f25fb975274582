"""Source files become checked tables, plus findings with file and line.

In: files and a mapping. Out: rows of the contract's tables, quarantined rows, findings.
Rules: rows in = kept + quarantined + repeated; nothing valid is lost with what is not.
Not here: reading files (adapters), statistics (profiles).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
