"""Cards and lines: whose a line is follows from the cards that are known, whichever came first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.contracts import table
from regulars.ingest import Holding, holder, holders
from regulars.kernel import HouseholdId

from ._data_merge import rewritten
from ._data_ports import SourceReader
from ._ports import DataFile, NewFile, Warehouse


@dataclass(frozen=True)
class SharedCard:
    """A card that several households hold from one day on, so that its lines are nobody's."""

    card_id: str
    from_on: date
    household_ids: tuple[str, ...]


@dataclass(frozen=True)
class CardsReport:
    """What is known of cards and of the lines they were shown for.

    Args:
        cards: Cards known.
        households: Households that hold or held one.
        cards_of_nobody: Cards that were never anybody's.
        cards_moved: Cards that have gone from one household to another.
        cards_shared: Cards that several households hold at a time.
        lines_of_households: Lines that have a household, by a card or named in the file.
        lines_with_other_cards: Lines with a card that is nobody's, shared or not known on that day.
        lines_without_card: Lines for which none was shown.
        shared: The first of the shared cards.
    """

    cards: int
    households: int
    cards_of_nobody: int
    cards_moved: int
    cards_shared: int
    lines_of_households: int
    lines_with_other_cards: int
    lines_without_card: int
    shared: tuple[SharedCard, ...]


def known_cards(warehouse: Warehouse) -> Sequence[Path]:
    """Files of the table ``cards`` that hold a row."""
    return [file.path for file in warehouse.files("cards") if file.rows]


def lines_of_new_cards(
    cards: Sequence[NewFile | DataFile], warehouse: Warehouse, reader: SourceReader, folder: Path
) -> dict[str, Sequence[NewFile | DataFile]]:
    """Lines as they are by other cards, to be published with these; only months are written in which one moves.

    Args:
        cards: All files of the table ``cards`` from now on.
        warehouse: Where the lines lie.
        reader: Brings them in order.
        folder: Where new files are written.
    """
    paths = [file.path for file in cards if not isinstance(file, DataFile) or file.rows]
    present = warehouse.files("lines")
    files: list[NewFile | DataFile] = []
    moved = False
    for period in sorted({file.period for file in present}):
        here = [file for file in present if file.period == period]
        lines = [file.path for file in here]
        if reader.is_moved_by(paths, lines):
            moved = True
            files += rewritten(table("lines"), period, lines, warehouse.buckets, reader, folder, cards=paths)
        else:
            files += here
    return {"lines": files} if moved else {}


def card_holders(warehouse: Warehouse) -> Callable[[str, date], HouseholdId | None]:
    """Tells the household of a card on a day, as lines have it; what is known of cards is read once.

    As long as no card at all is loaded, every card is a household of its own.
    """
    known = _holdings(warehouse)
    if not known:
        return lambda card_id, _on: HouseholdId(card_id)

    def household_of(card_id: str, on: date) -> HouseholdId | None:
        household = holder(known.get(card_id, ()), on)
        return None if household is None else HouseholdId(household)

    return household_of


def cards_report(warehouse: Warehouse, *, limit: int = 50) -> CardsReport:
    """What is known of cards; at most `limit` shared ones are listed."""
    known = _holdings(warehouse)
    shared = []
    for card_id, holdings in sorted(known.items()):
        for day in sorted({one.from_on for one in holdings}):
            households = sorted(one or "" for one in holders(holdings, day))
            if len(households) > 1:
                shared.append(SharedCard(card_id, day, tuple(households)))
                break
    owners = {card_id: {one.household_id for one in held} - {None} for card_id, held in known.items()}
    shared_ids = {one.card_id for one in shared}
    rows = sum(file.rows for file in warehouse.files("lines"))
    unowned = [pq.read_table(file.path, columns=["card_id"]) for file in warehouse.files("lines", bucket=-1)]
    with_card = sum(pc.count(part["card_id"], mode="only_valid").as_py() for part in unowned)
    without = sum(part.num_rows for part in unowned)
    return CardsReport(
        cards=len(known),
        households=len(set().union(*owners.values())) if owners else 0,
        cards_of_nobody=sum(not found for found in owners.values()),
        cards_moved=sum(len(found) > 1 and card_id not in shared_ids for card_id, found in owners.items()),
        cards_shared=len(shared),
        lines_of_households=rows - without,
        lines_with_other_cards=with_card,
        lines_without_card=without - with_card,
        shared=tuple(shared[:limit]),
    )


def _holdings(warehouse: Warehouse) -> Mapping[str, list[Holding]]:
    """What is known of each card."""
    found: dict[str, list[Holding]] = defaultdict(list)
    for path in known_cards(warehouse):
        rows = pq.read_table(path, columns=["card_id", "household_id", "from_on", "until_on"], partitioning=None)
        for card_id, *holding in zip(*(column.to_pylist() for column in rows.columns), strict=True):
            found[card_id].append(Holding(*holding))
    return found
