"""Lines become household statistics: value, products, needs, cells.

In: lines, products, sensitive tiers. Out: one table a `.sql` file, local to a household bucket.
Rules: only lines known before the day; closed tiers stop at `open_lines.sql`.
Not here: chances (predict).
"""

from ._decay import NEED_HALF_LIFE_DAYS, PRODUCT_HALF_LIFE_DAYS, decay_weights
from ._steps import BUCKET_STEPS, profile_step

__all__ = ["BUCKET_STEPS", "NEED_HALF_LIFE_DAYS", "PRODUCT_HALF_LIFE_DAYS", "decay_weights", "profile_step"]
