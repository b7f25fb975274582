"""How it is told what loaded logs settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.kernel import dollars

from ._common import say

if TYPE_CHECKING:
    from regulars.flows import SettledLogs


def anything_in(settled: SettledLogs) -> bool:
    """Whether any offer was ever used or missed."""
    return any(vars(settled).values())


def say_settled(settled: SettledLogs) -> None:
    """What the logs show of the tills' offers; nothing when no offer was ever used or missed."""
    if not anything_in(settled):
        return
    say(
        f"The logs show {settled.given:,} uses of offers, {dollars(settled.given_cents)}; {settled.absent:,} armed or "
        f"told and not shown; {settled.voided:,} undone; {dollars(settled.returned_cents)} came back with goods."
    )
    if settled.credited:
        say(
            f"{settled.credited:,} uses were missed and are owed, {dollars(settled.credited_cents)}: "
            "`regulars till credits` lists them."
        )
    if settled.returns_unclear:
        say(f"{settled.returns_unclear:,} returned lines do not say clearly enough which receipt they undo.")
    if settled.unknown:
        say(f"{settled.unknown:,} uses are of grants that the ledger does not know.")
    say(f"{settled.changed:,} uses stand otherwise than before.")
