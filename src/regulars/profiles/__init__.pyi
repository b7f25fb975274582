from ._decay import NEED_HALF_LIFE_DAYS, PRODUCT_HALF_LIFE_DAYS, decay_weights
from ._steps import BUCKET_STEPS, profile_step

__all__ = ["BUCKET_STEPS", "NEED_HALF_LIFE_DAYS", "PRODUCT_HALF_LIFE_DAYS", "decay_weights", "profile_step"]
