"""A built plan as it goes into the ledger: digests for codes, whole cents for expectations, the same on every read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from regulars.contracts import table
from regulars.flows import (
    BudgetRecord,
    BudgetScope,
    DataFile,
    GrantRecord,
    OfferDeal,
    PlanContent,
    PlanRecord,
    Programme,
    plan_content,
    plan_dataset,
)
from regulars.flows._rows import shaped, write_rows
from regulars.kernel import (
    CodeForm,
    CodeKeys,
    ContractError,
    Cycle,
    DealId,
    OfferId,
    Period,
    PlanId,
    list_code,
    qr_secret,
    read_list_code,
)
from regulars.lift import Arm

PLAN = PlanId("2017-11-27-1f0c9a52")
CYCLE = Cycle(24, Period(date(2017, 11, 27), date(2017, 12, 11)))
KEYS = CodeKeys(b"c" * 32, b"s" * 32, b"p" * 32)
RECORD = PlanRecord(PLAN, 24, CYCLE.period.from_on, CYCLE.period, "d" * 64, 2, 4)
PROGRAMME = Programme(1, "holdout", 0.1)
FILLERS = {"text": "", "integer": 0, "double": 0.0, "boolean": False, "date": CYCLE.period.from_on}

LISTS = [
    {"household_id": "900", "list_number": 1, "sequence": 12_345, "arm": "targeted"},
    {"household_id": "901", "list_number": 2, "sequence": 99_999_999, "arm": "holdout"},
]
for _row, _days in zip(LISTS, (14, 9), strict=True):
    _row |= {"from_on": CYCLE.period.from_on, "until_on": CYCLE.period.from_on + timedelta(days=_days)}
GRANTS = [
    # a quarter of 60 cents for the roaster, a quarter of 40 for the store
    {"household_id": "900", "offer_id": "coffee", "vendor_id": "roaster", "face_cents": 100, "funding_cents": 60},
    {"household_id": "901", "offer_id": "coffee", "vendor_id": "roaster", "face_cents": 100, "funding_cents": 60},
    {"household_id": "901", "offer_id": "tea", "vendor_id": "roaster", "face_cents": 2, "funding_cents": 2},
    {"household_id": "901", "offer_id": "bread", "vendor_id": "store", "face_cents": 50, "funding_cents": 0},
]
OFFERS = [
    {"offer_id": "coffee", "vendor_id": "roaster", "vendor_budget_micros": 5_009_999},
    {"offer_id": "tea", "vendor_id": "roaster", "vendor_budget_micros": None},
    {"offer_id": "cocoa", "vendor_id": "planter", "vendor_budget_micros": 10_000},
    {"offer_id": "bread", "vendor_id": "store", "vendor_budget_micros": None},
]
LIMITS = [
    {"scope": "category", "id": "HOT DRINKS", "max_count": 2, "budget_micros": None},
    {"scope": "vendor", "id": "roaster", "max_count": None, "budget_micros": 7_000_000},
]

TERMS = [
    {"offer_id": offer_id, "level": level, "deal_id": f"d-{offer_id}", "synthetic": False}
    for offer_id in ("coffee", "tea", "bread")
    for level in (1, 2)
]


@dataclass
class ShelfWarehouse:
    """Datasets as files in a folder."""

    folder: Path
    shelves: dict[str, list[DataFile]] = field(default_factory=dict)

    def put(self, name: str, rows: list[dict[str, Any]]) -> None:
        columns = {
            column.name: [row.get(column.name, None if column.nullable else FILLERS[column.type]) for row in rows]
            for column in table(name).columns
        }
        path = self.folder / f"{name}.parquet"
        write_rows(shaped(columns, name), path)
        self.shelves[plan_dataset(PLAN, name)] = [DataFile(path, len(rows), "")]

    def datasets(self) -> list[str]:
        return sorted(self.shelves)

    def has(self, dataset: str) -> bool:
        return dataset in self.shelves

    def files(self, dataset: str, *, bucket: int | None = None) -> list[DataFile]:
        return self.shelves[dataset]


def shelf(folder: Path, **changed: list[dict[str, Any]]) -> ShelfWarehouse:
    grants = [
        {
            "grant_id": f"{number}-1",
            "level": 2,
            "redemptions": 0.25,
            "from_on": CYCLE.period.from_on,
            "until_on": CYCLE.period.until_on,
            **grant,
        }
        for number, grant in enumerate(changed.pop("grants", GRANTS), start=1)
    ]
    tables: Mapping[str, list[dict[str, Any]]] = {
        "plan_lists": LISTS,
        "plan_grants": grants,
        "plan_offers": OFFERS,
        "plan_limits": LIMITS,
        "plan_terms": TERMS,
        "plan": [],
        **changed,
    }
    warehouse = ShelfWarehouse(folder)
    for name, rows in tables.items():
        warehouse.put(name, rows)
    return warehouse


def content_of(warehouse: ShelfWarehouse) -> PlanContent:
    content = plan_content(
        RECORD,
        warehouse,  # type: ignore[arg-type]
        programme=PROGRAMME,
        keys=KEYS,
        code_form=CodeForm(47),
    )
    return replace(content, lists=list(content.lists), grants=list(content.grants))


def test_plan_and_programme_go_in_as_they_are(tmp_path: Path) -> None:
    content = content_of(shelf(tmp_path))
    assert (content.plan, content.programme) == (RECORD, PROGRAMME)


def test_each_offer_goes_in_with_its_deal_once(tmp_path: Path) -> None:
    assert list(content_of(shelf(tmp_path)).offers) == [
        OfferDeal(OfferId("bread"), DealId("d-bread")),
        OfferDeal(OfferId("coffee"), DealId("d-coffee")),
        OfferDeal(OfferId("tea"), DealId("d-tea")),
    ]


def test_a_purse_of_the_stores_own_is_told_apart_from_its_markdown(tmp_path: Path) -> None:
    """Bread at 25 per cent of use: with a budget of its own it no longer counts as the store's markdown."""
    before = {(one.scope, one.scope_id): one for one in content_of(shelf(tmp_path)).budgets}
    offers = [{**row, "vendor_budget_micros": 5_000_000} if row["offer_id"] == "bread" else row for row in OFFERS]
    after = {(one.scope, one.scope_id): one for one in content_of(shelf(tmp_path, plan_offers=offers)).budgets}
    store, bread = (BudgetScope.STORE, "all"), (BudgetScope.OFFER, "bread")
    assert bread not in before
    assert after[bread].amount_cents == 500
    assert after[bread].expected_cents > 0
    assert before[store].expected_cents - after[store].expected_cents == after[bread].expected_cents


def test_lists_reach_the_ledger_as_digests(tmp_path: Path) -> None:
    records = list(content_of(shelf(tmp_path)).lists)
    assert [(each.household_id, each.list_number, each.sequence, each.arm) for each in records] == [
        ("900", 1, 12_345, Arm.TARGETED),
        ("901", 2, 99_999_999, Arm.HOLDOUT),
    ]
    code = list_code(KEYS, CodeForm(47), cycle_number=24, sequence=12_345)
    assert read_list_code(KEYS, code, cycle_number=24) is not None
    assert records[0].code_digest == sha256(code.encode()).hexdigest()
    secret = qr_secret(KEYS, cycle_number=24, sequence=12_345)
    assert records[0].phone_digest == sha256(secret.encode()).hexdigest()
    assert [(each.period.until_on - each.period.from_on).days for each in records] == [14, 9]
    assert len({each.code_digest for each in records} | {each.phone_digest for each in records}) == 4
    assert code not in repr(records)
    assert secret not in repr(records)


def test_grants_reach_the_ledger_as_they_stand_in_the_plan(tmp_path: Path) -> None:
    grants = list(content_of(shelf(tmp_path)).grants)
    assert len(grants) == 4
    assert grants[0] == GrantRecord("1-1", "900", "coffee", 2, 100, 60, "roaster", CYCLE.period)  # type: ignore[arg-type]


def test_budgets_hold_limit_and_expected_use(tmp_path: Path) -> None:
    assert content_of(shelf(tmp_path)).budgets == [
        BudgetRecord(BudgetScope.OFFER, "cocoa", 1, 0),
        BudgetRecord(
            BudgetScope.OFFER, "coffee", 500, 30
        ),  # a part of a cent of a budget is not there to be spent
        BudgetRecord(BudgetScope.OFFER, "tea", None, 1),  # half a cent, rounded up
        BudgetRecord(BudgetScope.STORE, "all", None, 33),  # (40 + 40 + 50) / 4, half up
        BudgetRecord(BudgetScope.VENDOR, "roaster", 700, 31),  # 30.5, rounded once, at the end
    ]


def test_plan_that_was_never_built_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=f"there is no plan '{PLAN}'") as refused:
        content_of(ShelfWarehouse(tmp_path))
    assert "regulars plan build" in refused.value.hint


def test_plan_without_grants(tmp_path: Path) -> None:
    content = content_of(shelf(tmp_path, grants=[], plan_lists=[]))
    assert (list(content.lists), list(content.grants)) == ([], [])
    assert [(budget.scope_id, budget.expected_cents) for budget in content.budgets] == [
        ("cocoa", 0),
        ("coffee", 0),
        ("all", 0),
        ("roaster", 0),
    ]
