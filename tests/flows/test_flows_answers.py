"""Which answers a plan goes by: never until again, not now for one cycle, and nothing said after its day."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from regulars.flows import AnsweredItem, AnswerKind, HouseholdAnswer, declined_items
from regulars.kernel import cycle_starting

ZONE = ZoneInfo("America/Chicago")
CYCLE = cycle_starting(date(2017, 11, 27), date(2017, 1, 9))


def declined(
    answer: AnswerKind,
    *,
    cycle_number: int,
    at: datetime = datetime(2017, 11, 20, tzinfo=UTC),
    kind: AnsweredItem = AnsweredItem.NEED,
) -> list[tuple[str, str, str]]:
    said = HouseholdAnswer("h", answer, kind, "" if kind is AnsweredItem.LIST else "MILK", cycle_number, at)
    return [(one.household_id, one.kind, one.item_id) for one in declined_items([said], CYCLE, ZONE)]


def test_never_holds_and_not_now_holds_for_the_next_cycle_alone() -> None:
    number = CYCLE.number
    assert declined(AnswerKind.NEVER, cycle_number=1) == [("h", "no_need", "MILK")]
    assert declined(AnswerKind.NOT_NOW, cycle_number=number - 1) == [("h", "no_need", "MILK")]
    assert [declined(AnswerKind.NOT_NOW, cycle_number=number - back) for back in (0, 2)] == [[], []]
    assert declined(AnswerKind.AGAIN, cycle_number=number - 1) == []
    assert declined(AnswerKind.HIDE, cycle_number=number - 1, kind=AnsweredItem.LIST) == []


def test_a_special_s_answer_is_about_its_product() -> None:
    assert declined(AnswerKind.NEVER, cycle_number=1, kind=AnsweredItem.PRODUCT) == [("h", "no_product", "MILK")]


def test_what_is_said_after_the_plan_s_day_waits_and_the_day_is_the_store_s() -> None:
    late, next_day = datetime(2017, 11, 28, 5, 59, tzinfo=UTC), datetime(2017, 11, 28, 6, 0, tzinfo=UTC)
    assert declined(AnswerKind.NEVER, cycle_number=1, at=late) != []
    assert declined(AnswerKind.NEVER, cycle_number=1, at=next_day) == []
