"""What the back office is made of, from a workspace: staff, pages, and a reading of each screen.

In: an opened workspace. Out: an `Office`, and one function a screen.
Rules: a reading never writes; a change names who makes it.
Not here: what a screen shows (flows), how it looks (adapters.pages.office), who may see it (api.office).
"""

from ._office import Office, open_office, open_staff_desk

__all__ = ["Office", "open_office", "open_staff_desk"]
