"""A list made void or issued anew: its old codes open nothing, nobody gets a dead code, and the audit knows."""

from dataclasses import replace

import pytest
from ledger_samples import AT, WHO, plan_content

from regulars.adapters.ledger import SqlLedger
from regulars.flows import ListApproval, ListEdition, ListRecord, PlanRecord, change_list
from regulars.kernel import CodeForm, CodeKeys, ContractError, HouseholdId, PlanId, digest_of, list_code, qr_secret

KEYS = CodeKeys(b"a" * 32, b"b" * 32, b"c" * 32)
VERSION = 47


@pytest.fixture
def applied(ledger: SqlLedger) -> tuple[PlanRecord, list[ListRecord]]:
    content = plan_content()
    ledger.apply_plan(content, at=AT, actor=WHO)
    return content.plan, list(ledger.lists_of(content.plan.plan_id))


def changed(
    ledger: SqlLedger, plan: PlanRecord, household: HouseholdId, *, anew: bool, reason: str = "lost"
) -> ListEdition:
    return change_list(
        plan, household, ledger, KEYS, code_form=CodeForm(VERSION), anew=anew, reason=reason, at=AT, actor="desk"
    )


def codes(plan: PlanRecord, edition: ListEdition) -> tuple[str, str]:
    assert edition.sequence is not None
    code = list_code(KEYS, CodeForm(VERSION), cycle_number=plan.cycle_number, sequence=edition.sequence)
    return digest_of(code), digest_of(qr_secret(KEYS, cycle_number=plan.cycle_number, sequence=edition.sequence))


def test_only_the_newest_codes_open_the_list(
    ledger: SqlLedger, applied: tuple[PlanRecord, list[ListRecord]]
) -> None:
    plan, (first, second, *_) = applied
    one, two = (changed(ledger, plan, first.household_id, anew=True) for _ in range(2))
    assert (one.number, two.number) == (1, 2)
    assert one.sequence != two.sequence
    dead = [first.code_digest, first.phone_digest, *codes(plan, one)]
    assert [ledger.open_list(digest) for digest in dead] == [None] * 4
    for digest in codes(plan, two):
        opened = ledger.open_list(digest)
        assert opened is not None
        assert opened.found.household_id == first.household_id
        assert len(opened.grants) > 0
    assert ledger.open_list(second.code_digest) is not None
    assert ledger.verify() == []


@pytest.mark.parametrize("anew", [False, True])
def test_a_list_is_changed_for_a_reason(
    ledger: SqlLedger, applied: tuple[PlanRecord, list[ListRecord]], anew: bool
) -> None:
    plan, (first, *_) = applied
    with pytest.raises(ContractError, match="for a reason"):
        changed(ledger, plan, first.household_id, anew=anew, reason=" ")
    assert ledger.list_editions(plan.plan_id) == []


def test_a_void_list_opens_by_the_card_alone_until_it_is_issued_anew(
    ledger: SqlLedger, applied: tuple[PlanRecord, list[ListRecord]]
) -> None:
    plan, (first, *_) = applied
    head = ledger.audit_head().sequence
    void = changed(ledger, plan, first.household_id, anew=False)
    assert void.void
    assert [ledger.open_list(digest) for digest in (first.code_digest, first.phone_digest)] == [None, None]
    assert ledger.open_household_list(first.household_id, first.period.from_on) is not None
    with pytest.raises(ContractError, match="is void already"):
        changed(ledger, plan, first.household_id, anew=False)
    anew = changed(ledger, plan, first.household_id, anew=True)
    assert ledger.open_list(codes(plan, anew)[0]) is not None
    assert [(one.number, one.void, one.reason, one.actor) for one in ledger.list_editions(plan.plan_id)] == [
        (1, True, "lost", "desk"),
        (2, False, "lost", "desk"),
    ]
    assert ledger.audit_head().sequence == head + 2


def test_no_sequence_is_given_twice_in_a_cycle(
    ledger: SqlLedger, applied: tuple[PlanRecord, list[ListRecord]]
) -> None:
    plan, (first, second, *_) = applied
    one = changed(ledger, plan, first.household_id, anew=True)
    two = changed(ledger, plan, second.household_id, anew=True)
    changed(ledger, plan, first.household_id, anew=True)
    had = [first.sequence, second.sequence, one.sequence, two.sequence]
    assert len(set(had)) == 4
    assert [ledger.sequence_is_free(plan.cycle_number, sequence) for sequence in had if sequence] == [False] * 4
    assert ledger.sequence_is_free(plan.cycle_number, 99_999_999)
    assert ledger.sequence_is_free(plan.cycle_number + 1, first.sequence)


def test_of_two_who_change_a_list_at_once_one_is_told(
    ledger: SqlLedger, applied: tuple[PlanRecord, list[ListRecord]]
) -> None:
    plan, (first, *_) = applied
    edition = ListEdition(plan.plan_id, first.household_id, 1, 77, "lost", AT, "desk")
    assert ledger.change_list(edition, "a", "b")
    assert not ledger.change_list(replace(edition, sequence=78), "c", "d")
    assert ledger.open_list("a") is not None
    assert ledger.open_list("c") is None
    with pytest.raises(ContractError, match="no list for household 'nobody'"):
        ledger.change_list(replace(edition, household_id=HouseholdId("nobody")), "e", "f")


def test_lists_are_approved_once(ledger: SqlLedger, applied: tuple[PlanRecord, list[ListRecord]]) -> None:
    plan, _ = applied
    assert ledger.list_approval(plan.plan_id) is None
    approval = ListApproval(plan.plan_id, AT, "manager")
    assert ledger.approve_lists(approval)
    assert not ledger.approve_lists(replace(approval, actor="another"))
    assert ledger.list_approval(plan.plan_id) == approval
    assert ledger.list_approval(PlanId("other")) is None
    assert ledger.verify() == []
