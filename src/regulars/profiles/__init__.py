"""Lines become household statistics: value, products, needs, cells.

In: lines, products, sensitive tiers. Out: one table a `.sql` file, local to a household bucket.
Rules: only lines known before the day; closed tiers stop at `open_lines.sql`.
Not here: chances (predict).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
