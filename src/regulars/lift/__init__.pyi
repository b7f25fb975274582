from ._arms import Arm, GrantControl, arm_of

__all__ = ["Arm", "GrantControl", "arm_of"]
