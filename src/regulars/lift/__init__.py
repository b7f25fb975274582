"""Who is held out, and what the rest gained.

In: household ids, programme year. Out: the arm each household is in; later, estimates with intervals.
Rules: the arm is a hash of programme year and household, so no order of work can change it.
Not here yet: the estimates.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
