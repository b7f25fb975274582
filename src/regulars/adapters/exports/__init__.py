"""Tables taken along: CSV, Parquet and XLSX files of frozen records.

In: records of one kind, one after the other. Out: the bytes of a file, piece by piece.
Rules: no text becomes a formula; the same records give the same bytes.
Not here: which records (flows), who may have them (api).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
