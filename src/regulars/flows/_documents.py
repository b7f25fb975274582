"""List documents of a plan, read from its frozen tables, in the order of the post, a few hundred at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from regulars.contracts import (
    DealKind,
    Ladder,
    LayoutDepartment,
    ListDocument,
    ReasonCode,
    SpecialKind,
)
from regulars.ingest import pretty_need, printed_size
from regulars.kernel import CodeForm, CodeKeys, HouseholdId, Period, list_code, qr_secret
from regulars.lists import (
    LANGUAGES,
    IdeaFacts,
    Language,
    LineFacts,
    ListAddress,
    ListHead,
    RecipeBook,
    SpecialFacts,
    Tip,
    Words,
    build_document,
)

from ._household_rows import rows_named
from ._list_ports import ListEdition
from ._plan import check_plan, plan_record, read_plan
from ._ports import Warehouse
from ._posted_prices import PostedPrices, PriceChange
from ._rows import contract_schema, read_rows

_LISTS_AT_ONCE = 500
_LOOKED_UP_MAX = 200


@dataclass(frozen=True)
class DocumentSettings:
    """What the store decides about its lists.

    Args:
        website: Host of the pages behind the QR code.
        code_form: How the list codes are written.
        layout: Sections in walking order.
        label: The mark of assumed figures, for the demonstration's note; empty otherwise.
        recipes: What dinners are made of.
        language: Every text.
        dinner_week: Whether dinners are laid over a week.
        tips: Those one is chosen of for each list.
        closed_on: Days on which the stores are closed.
        privileges: What households of a tier have beside prices, by tier.
    """

    website: str
    code_form: CodeForm
    layout: Sequence[LayoutDepartment]
    label: str = ""
    recipes: RecipeBook = field(default_factory=RecipeBook)
    language: Language = LANGUAGES[0]
    dinner_week: bool = True
    tips: Sequence[Tip] = ()
    closed_on: Sequence[date] = ()
    privileges: Mapping[str, Sequence[str]] = field(default_factory=dict)


def plan_documents(
    warehouse: Warehouse,
    plan_id: str,
    settings: DocumentSettings,
    keys: CodeKeys,
    *,
    proof: bool,
    live: bool = False,
    household_id: str | None = None,
    editions: Mapping[HouseholdId, ListEdition] | None = None,
    changes: Counter[PriceChange] | None = None,
    given: Sequence[Mapping[str, Any]] = (),
) -> Iterator[ListDocument]:
    """Lists of a plan by list number.

    Args:
        warehouse: Holds the plan and the products.
        plan_id: The plan.
        settings: What the store decides.
        keys: Make the codes.
        proof: True until the plan is applied, and its lists are approved where the store wants that.
        live: Whether the plan is applied, so that the register knows the codes.
        household_id: Whose list alone; None for all.
        editions: Lists that were changed since the plan was applied; void ones are left out.
        changes: Added to for each price that is not the plan's any more.
        given: What was given beside the plan, in rows as of `plan_grants`.

    Raises:
        ContractError: There is no such plan.
    """
    check_plan(warehouse, plan_id)
    plan = plan_record(warehouse, plan_id)
    head = ListHead(
        plan_id,
        plan.cycle_number,
        plan.period.from_on,
        plan.period.last_on,
        settings.website,
        proof,
        settings.label,
        settings.language,
        settings.dinner_week,
        settings.tips,
        settings.closed_on,
        live,
    )
    lists, lines, grants, ideas = (
        read_plan(warehouse, plan_id, name, household_id=household_id)
        for name in ("plan_lists", "plan_lines", "plan_grants", "plan_ideas")
    )
    if given:
        grants = pa.concat_tables([grants, pa.Table.from_pylist(list(given), schema=grants.schema)])
    facts = _Facts.of(
        warehouse, plan_id, plan.period, lists["household_id"], (lines, grants, ideas), settings.language.words
    )
    for begin in range(0, lists.num_rows, _LISTS_AT_ONCE):
        part = lists.slice(begin, _LISTS_AT_ONCE)
        their_lines = _by_household(lines, part, "rank")
        their_grants = _by_household(grants, part, "slot")
        their_ideas = _by_household(ideas, part, "rank")
        for row in part.to_pylist():
            household_id = row["household_id"]
            edition = (editions or {}).get(HouseholdId(household_id))
            if edition is not None and edition.sequence is None:
                continue
            if edition is not None:
                row["sequence"] = edition.sequence
            address = _address(row, facts.households.get(household_id, ""), plan.cycle_number, settings, keys)
            yield build_document(
                head,
                address,
                [facts.line(entry, row["store_id"]) for entry in their_lines.get(household_id, [])],
                facts.specials(their_grants.get(household_id, []), row["store_id"]),
                settings.layout,
                settings.recipes,
                [facts.idea(entry, row["store_id"]) for entry in their_ideas.get(household_id, [])],
            )
    if changes is not None:
        changes.update(facts.prices.changes)


def _address(
    row: Mapping[str, Any], name: str, cycle_number: int, settings: DocumentSettings, keys: CodeKeys
) -> ListAddress:
    sequence = row["sequence"]
    return ListAddress(
        row["household_id"],
        name,
        row["list_number"],
        list_code(keys, settings.code_form, cycle_number=cycle_number, sequence=sequence),
        qr_secret(keys, cycle_number=cycle_number, sequence=sequence),
        Period(row["from_on"], row["until_on"]),
        settings.privileges.get(row["tier"], ()),
    )


def _by_household(rows: pa.Table, lists: pa.Table, order: str) -> dict[str, list[dict[str, Any]]]:
    wanted = rows.filter(pc.is_in(rows["household_id"], lists["household_id"].combine_chunks()))
    found: dict[str, list[dict[str, Any]]] = {}
    for row in wanted.sort_by([("household_id", "ascending"), (order, "ascending")]).to_pylist():
        found.setdefault(row["household_id"], []).append(row)
    return found


def _rows_of_ids(warehouse: Warehouse, table_name: str, column: str, wanted: pa.ChunkedArray) -> pa.Table:
    """Rows of a source table with these ids; those of a single list are looked up, those of all are read and sieved."""
    ids = pa.chunked_array([wanted]) if isinstance(wanted, pa.Array) else wanted
    if len(ids) <= _LOOKED_UP_MAX:
        rows = rows_named(warehouse, table_name, column, ids.to_pylist())
        return pa.Table.from_pylist(rows, schema=contract_schema(table_name))
    everything = read_rows(warehouse.files(table_name), table_name)
    return everything.filter(pc.is_in(everything[column], ids.combine_chunks()))


@dataclass(frozen=True)
class _Facts:
    """What documents look up: products that stand on a list, terms, names."""

    products: Mapping[str, Mapping[str, Any]]
    terms: Mapping[tuple[str, int], Mapping[str, Any]]
    households: Mapping[str, str]
    words: Words
    prices: PostedPrices

    @classmethod
    def of(
        cls,
        warehouse: Warehouse,
        plan_id: str,
        period: Period,
        household_ids: pa.ChunkedArray,
        shown_in: Sequence[pa.Table],
        words: Words,
    ) -> _Facts:
        shown = pa.concat_tables([rows.select(["product_id"]) for rows in shown_in])
        wanted = shown["product_id"].unique()
        products = _rows_of_ids(warehouse, "products", "product_id", wanted)
        given = shown_in[1]["offer_id"].unique()
        terms = read_plan(warehouse, plan_id, "plan_terms")
        terms = terms.filter(pc.is_in(terms["offer_id"], given)).to_pylist()
        names = _rows_of_ids(warehouse, "households", "household_id", household_ids).to_pylist()
        return cls(
            {row["product_id"]: row for row in products.to_pylist()},
            {(row["offer_id"], row["level"]): row for row in terms},
            {row["household_id"]: row["name"] for row in names},
            words,
            PostedPrices.of(warehouse, products["product_id"].combine_chunks(), period.from_on, period.until_on),
        )

    def line(self, row: Mapping[str, Any], store_id: str) -> LineFacts:
        """A due need as printed."""
        product = self.products[row["product_id"]]
        price_cents = self.prices.item(store_id, row["product_id"], row["price_cents"])
        size_text = printed_size(product["size_text"], product["department_id"], price_cents, product["name"])
        return LineFacts(
            need_id=row["need_id"],
            need_name=pretty_need(row["need_id"], product["category_id"]),
            product_id=row["product_id"],
            name=self._name(product),
            size_text=self.words.size(size_text),
            department_id=row["department_id"],
            category_id=row["category_id"],
            probability=row["probability"],
            quantity=row["quantity"],
            price_cents=price_cents,
            every_days=row["every_days"],
            last_on=row["last_on"],
        )

    def idea(self, row: Mapping[str, Any], store_id: str) -> IdeaFacts:
        """What a household may like, as printed."""
        return IdeaFacts(
            need_id=row["need_id"],
            need_name=pretty_need(row["need_id"], row["category_id"]),
            because_name=pretty_need(row["because_need_id"], row["because_category_id"]),
            product_id=row["product_id"],
            name=self._name(self.products[row["product_id"]]),
            price_cents=self.prices.item(store_id, row["product_id"], row["price_cents"]),
        )

    def _name(self, product: Mapping[str, Any]) -> str:
        return self.words.goods_name(product["name"], composed=product["name_composed"])

    def specials(self, rows: Iterable[Mapping[str, Any]], store_id: str) -> list[SpecialFacts]:
        """Grants as printed, without those that save nothing any more."""
        made = (self.special(row, store_id) for row in rows)
        return [one for one in made if one is not None]

    def special(self, row: Mapping[str, Any], store_id: str) -> SpecialFacts | None:
        """A grant as printed; None if the shelf is as cheap by now."""
        product, terms = self.products[row["product_id"]], self.terms[row["offer_id"], row["level"]]
        kind, rung = DealKind(terms["kind"]), Ladder(**{name: terms[name] for name in Ladder.__dataclass_fields__})
        planned = row["price_cents"], row["face_cents"]
        printed = self.prices.special(store_id, row["product_id"], kind, rung, planned)
        if printed is None:
            return None
        price_cents, face_cents = printed
        anonymous = (
            product["name_composed"] and product["brand_kind"] != "own" and terms["brand_kind"] == "national"
        )
        name = self.words.maker_name(product["name"], product["vendor_id"]) if anonymous else self._name(product)
        return SpecialFacts(
            offer_id=row["offer_id"],
            level=row["level"],
            kind=SpecialKind(row["kind"]),
            reason=ReasonCode(row["reason_code"]),
            deal_kind=kind,
            rung=rung,
            product_id=row["product_id"],
            name=name,
            basket=terms["name"],
            size_text=self.words.size(
                printed_size(product["size_text"], product["department_id"], price_cents, product["name"])
            ),
            need_name=pretty_need(row["need_id"], product["category_id"]),
            price_cents=price_cents,
            face_cents=face_cents,
            every_days=row["every_days"],
            last_on=row["last_on"],
        )
