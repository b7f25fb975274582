"""Who is held out, and what the rest gained.

In: household ids, programme year. Out: the arm each household is in; later, estimates with intervals.
Rules: the arm is a hash of programme year and household, so no order of work can change it.
Not here yet: the estimates.
"""

from ._arms import Arm, GrantControl, arm_of

__all__ = ["Arm", "GrantControl", "arm_of"]
