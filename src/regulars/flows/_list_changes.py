"""A list is made void, or issued anew: its old codes open nothing any more, at no till and on no phone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import count

from regulars.kernel import (
    CodeForm,
    CodeKeys,
    ContractError,
    HouseholdId,
    digest_of,
    list_code,
    qr_secret,
    shuffled_sequence,
)

from ._ledger_ports import PlanRecord
from ._list_ports import ListBook, ListEdition

_REISSUED = "reissued"
"""The edition new sequences are shuffled under; it is no plan's."""


def newest_editions(editions: Iterable[ListEdition]) -> Mapping[HouseholdId, ListEdition]:
    """How each list that was changed stands now; editions come by number."""
    return {one.household_id: one for one in editions}


def change_list(
    plan: PlanRecord,
    household_id: HouseholdId,
    book: ListBook,
    keys: CodeKeys,
    *,
    code_form: CodeForm,
    anew: bool,
    reason: str,
    at: datetime,
    actor: str,
) -> ListEdition:
    """Make a list void or issue it anew.

    Args:
        plan: An applied plan.
        household_id: Whose list.
        book: Where changes are kept.
        keys: Make the new codes.
        code_form: How the list codes are written.
        anew: Whether it gets new codes, rather than none.
        reason: Why, in somebody's words.
        at: When.
        actor: By whom.

    Raises:
        ContractError: There is no such list, or it is void already, or somebody else changed it meanwhile; or no
            reason is given.
    """
    if not reason.strip():
        raise ContractError(
            "a list is changed for a reason, and none is given", hint="a few words do: lost, moved, asked"
        )
    before = newest_editions(book.list_editions(plan.plan_id)).get(household_id)
    if before is not None and before.void and not anew:
        raise ContractError(
            f"the list of household {household_id} is void already",
            hint="`regulars lists reissue` gives it new codes",
        )
    sequence = _next_sequence(plan, book, keys) if anew else None
    number = 1 if before is None else before.number + 1
    edition = ListEdition(plan.plan_id, household_id, number, sequence, reason, at, actor)
    if not book.change_list(edition, *edition_digests(edition, plan.cycle_number, keys, code_form=code_form)):
        raise ContractError(
            f"the list of household {household_id} was changed by somebody else in this moment",
            hint="look at it again",
        )
    return edition


def edition_digests(
    edition: ListEdition, cycle_number: int, keys: CodeKeys, *, code_form: CodeForm
) -> tuple[str, str]:
    """Digests of the codes that open a list as it stands now; of a void one, digests that no code has.

    Args:
        edition: How it stands.
        cycle_number: Its cycle.
        keys: Make the codes.
        code_form: How the list codes are written.

    Returns:
        Of the list code and of the phone's secret.
    """
    if edition.sequence is None:
        nothing = digest_of("void", edition.plan_id, edition.household_id, edition.number)
        return f"void {nothing}", f"void {nothing}"
    sequence = edition.sequence
    code = list_code(keys, code_form, cycle_number=cycle_number, sequence=sequence)
    return digest_of(code), digest_of(qr_secret(keys, cycle_number=cycle_number, sequence=sequence))


def _next_sequence(plan: PlanRecord, book: ListBook, keys: CodeKeys) -> int:
    """A sequence that no list of the cycle has or had: places of a shuffle of its own are tried in turn."""
    places = count()
    while True:
        found = shuffled_sequence(keys, plan.cycle_number, next(places), f"{_REISSUED} {plan.plan_id}")
        if book.sequence_is_free(plan.cycle_number, found):
            return found
