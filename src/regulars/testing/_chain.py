"""A chain that never was: what its tills did on every store-day, drawn from a seed, before it is written in any format.

Every store-day is drawn by itself, so that any part of a chain of any size can be made alone. Ids and names say that
the chain is synthetic.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from regulars.kernel import derived_seed, gtin_check_digit


@dataclass(frozen=True)
class ChainSize:
    """How large a chain is.

    Args:
        stores: Stores.
        days: Days.
        transactions: Transactions of a store on a day.
        lines: Item lines of a transaction, on average.
        products: Products.
        cards: Loyalty cards.
        first_on: First day.
    """

    stores: int = 2
    days: int = 2
    transactions: int = 20
    lines: int = 5
    products: int = 200
    cards: int = 100
    first_on: date = date(2019, 3, 1)


class Event(enum.StrEnum):
    """What a transaction is."""

    SALE = "sale"
    CONTROL = "control"
    TRAINING = "training"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    POST_VOID = "post_void"


class Void(enum.StrEnum):
    """How a line that leaves no sale is written: flagged itself, or taken back by a line that is flagged or is not."""

    FLAGGED = "flagged"
    TAKEN_BACK = "taken_back"
    COMPENSATED = "compensated"


@dataclass(frozen=True)
class ChainLine:
    """One item line.

    Args:
        number: Its number in the transaction.
        code: Product's code, 12 digits.
        quantity_milli: Thousandths, negative on a return.
        amount_cents: Cents, negative on a return.
        discount_cents: What was taken off, cents, >= 0.
        void: How it was voided; None for a line that counts.
    """

    number: int
    code: str
    quantity_milli: int
    amount_cents: int
    discount_cents: int = 0
    void: Void | None = None


@dataclass(frozen=True)
class ChainTransaction:
    """One transaction of a lane.

    Args:
        store: Store.
        lane: Lane.
        day: Business day.
        number: Number of the lane's transactions of the day, from 1.
        sold_at: Instant, UTC.
        event: What it is.
        card: Loyalty card shown; or empty.
        lines: Its item lines.
        undoes: Number of the transaction of the same lane that a post-void takes back.
    """

    store: str
    lane: str
    day: date
    number: int
    sold_at: datetime
    event: Event = Event.SALE
    card: str = ""
    lines: tuple[ChainLine, ...] = field(default=())
    undoes: int | None = None

    @property
    def counted(self) -> list[ChainLine]:
        """Lines that count."""
        return [line for line in self.lines if line.void is None]


_LANES = 3
_EVENTS = (Event.CONTROL, Event.TRAINING, Event.SUSPENDED, Event.CANCELLED)


def store_days(size: ChainSize) -> Iterator[tuple[int, date]]:
    """Every store, from 1, on every day."""
    for day in range(size.days):
        for store in range(1, size.stores + 1):
            yield store, size.first_on + timedelta(days=day)


def store_day(size: ChainSize, store: int, day: date, *, seed: int) -> list[ChainTransaction]:
    """What the tills of a store did on a day, in the order of the day.

    Args:
        size: The chain.
        store: Store, from 1.
        day: Day.
        seed: Same seed, same transactions.
    """
    draw = random.Random(derived_seed("store-day", seed, store, day.toordinal()))  # noqa: S311 - no secret is made
    numbers = dict.fromkeys(range(1, _LANES + 1), 0)
    last_sale: dict[int, ChainTransaction] = {}
    undone: set[tuple[int, int]] = set()
    made = []
    for place in range(size.transactions):
        lane = draw.randrange(1, _LANES + 1)
        numbers[lane] += 1
        sold_at = datetime.combine(day, time(8)) + timedelta(seconds=(place * 43_200) // size.transactions)
        base = (f"S{store}", str(lane), day, numbers[lane], sold_at)
        chance = draw.random()
        if chance < 0.08:
            event = draw.choice(_EVENTS)
            lines = () if event is Event.CONTROL else tuple(_lines(size, draw))
            made.append(ChainTransaction(*base, event, _card(size, draw), lines))
        elif chance < 0.10 and lane in last_sale and (lane, last_sale[lane].number) not in undone:
            target = last_sale[lane]
            undone.add((lane, target.number))
            made.append(ChainTransaction(*base, Event.POST_VOID, target.card, target.lines, target.number))
        else:
            sale = ChainTransaction(*base, Event.SALE, _card(size, draw), tuple(_lines(size, draw)))
            last_sale[lane] = sale
            made.append(sale)
    return made


def undone_numbers(day: list[ChainTransaction]) -> set[tuple[str, int]]:
    """Lane and number of the transactions that a post-void of the day takes back."""
    return {(one.lane, one.undoes) for one in day if one.undoes is not None}


def _card(size: ChainSize, draw: random.Random) -> str:
    return f"9{draw.randrange(size.cards):09d}" if draw.random() < 0.8 else ""


def _lines(size: ChainSize, draw: random.Random) -> Iterator[ChainLine]:
    number = 0
    sold = set()
    for _ in range(draw.randrange(1, 2 * size.lines)):
        number += 1
        product = draw.randrange(size.products)
        body = f"09{product:09d}"
        code = body + str(gtin_check_digit(body))
        price_cents = 49 + 50 * (product % 23)
        quantity = draw.choice((1, 1, 1, 2, 3))
        discount = price_cents // 5 * quantity if draw.random() < 0.15 else 0
        amount = price_cents * quantity - discount
        chance = draw.random()
        # What is sold and taken back in one transaction is a void, and no return.
        if chance < 0.02 and (code, quantity, amount) not in sold:
            yield ChainLine(number, code, -1000 * quantity, -amount)
        elif 0.02 <= chance < 0.03:
            yield ChainLine(number, code, 1000 * quantity, amount, void=Void.FLAGGED)
        elif 0.03 <= chance < 0.04:
            void = Void.TAKEN_BACK if chance < 0.035 else Void.COMPENSATED
            yield ChainLine(number, code, 1000 * quantity, amount, void=void)
            number += 1
        else:
            sold.add((code, quantity, amount))
            yield ChainLine(number, code, 1000 * quantity, amount, discount)
