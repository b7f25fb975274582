"""A shop that never was: seeded till lines, products and deals as CSV in the `plain` form, any size.

Every household buys each need it knows as a Poisson process with a rate of its own, on its own shopping
days, so the true chance of buying is known. Names and ids say that it is synthetic.
"""

from __future__ import annotations

import csv
import json
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from regulars.contracts import table
from regulars.kernel import derived_seed

_PRICES_CENTS = (99, 149, 199, 249, 299, 349, 399, 499, 599, 799, 999)

SHOP_CLASSES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("PRODUCE", "FRUIT", ("BANANAS", "APPLES", "BERRIES", "GRAPES")),
    ("PRODUCE", "VEGETABLES", ("POTATOES", "ONIONS", "SALAD MIX", "CARROTS")),
    ("GROCERY", "MILK", ("WHITE MILK", "CHOCOLATE MILK")),
    ("GROCERY", "BREAD", ("SANDWICH BREAD", "BAGELS", "TORTILLAS")),
    ("GROCERY", "COFFEE", ("GROUND COFFEE", "TEA BAGS")),
    ("GROCERY", "SOUP", ("CANNED SOUP", "BROTH")),
    ("GROCERY", "CHEESE", ("SHREDDED CHEESE", "SLICED CHEESE")),
    ("GROCERY", "BEERS/ALES", ("BEER", "ALE")),
    ("GROCERY", "DOG FOODS", ("DRY DOG FOOD", "WET DOG FOOD")),
    ("MEAT", "BEEF", ("GROUND BEEF", "STEAK")),
    ("MEAT", "CHICKEN", ("CHICKEN THIGHS", "CHICKEN BREAST")),
    ("DRUG GM", "DIAPERS & DISPOSABLES", ("BABY DIAPERS",)),
    ("DRUG GM", "ANALGESICS", ("ADULT ANALGESICS",)),
    ("DRUG GM", "PAPER GOODS", ("PAPER TOWELS", "BATH TISSUE")),
    ("FUEL", "COUPON/MISC ITEMS", ("GASOLINE-REG UNLEADED",)),
)
"""Department, category and needs of the synthetic shop."""


@dataclass(frozen=True)
class ShopSize:
    """How large a synthetic shop is.

    Args:
        households: Households with a card.
        stores: Stores.
        days: Days of history.
        products_per_need: Products of each need; one in three is the store's own brand.
        first_on: First day of history.
    """

    households: int = 60
    stores: int = 2
    days: int = 280
    products_per_need: int = 3
    first_on: date = date(2017, 2, 20)


@dataclass(frozen=True)
class _Product:
    product_id: str
    department: str
    category: str
    need: str
    own: bool
    price_cents: int


def write_shop(folder: Path, size: ShopSize, *, seed: int) -> list[Path]:
    """Write the files of a shop.

    Args:
        folder: Where to; made if missing.
        size: How large.
        seed: Same seed, same bytes.

    Returns:
        The files, one a kind: products, lines, deals.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    products = _products(size, seed)
    files = [folder / "products.csv", folder / "lines.csv", folder / "deals.csv"]
    _write(files[0], "products", (_product_row(product, size) for product in products))
    _write(files[1], "lines", _line_rows(products, size, seed))
    _write(files[2], "deals", _deal_rows(size))
    return files


def _products(size: ShopSize, seed: int) -> list[_Product]:
    made: list[_Product] = []
    for department, category, needs in SHOP_CLASSES:
        for need in needs:
            draw = random.Random(derived_seed("product", seed, need))  # noqa: S311 - no secret is made here
            for number in range(size.products_per_need):
                price = draw.choice(_PRICES_CENTS)
                made.append(_Product(str(10_000 + len(made)), department, category, need, number % 3 == 2, price))
    return made


def _line_rows(products: Sequence[_Product], size: ShopSize, seed: int) -> Iterator[tuple[Any, ...]]:
    by_need: dict[str, list[_Product]] = {}
    for product in products:
        by_need.setdefault(product.need, []).append(product)
    transaction = 0
    for household in range(1, size.households + 1):
        draw = random.Random(derived_seed("household", seed, household))  # noqa: S311 - no secret is made here
        store = str(1 + draw.randrange(size.stores))
        gap_days = draw.choice((2, 3, 4, 7, 10))
        rates = {need: draw.gammavariate(0.8, 0.05) for need in by_need if draw.random() < 0.6}
        favourites = {need: draw.choice(by_need[need]) for need in rates}
        last = -gap_days
        for day in range(draw.randrange(gap_days), size.days, gap_days):
            basket = [need for need, rate in rates.items() if draw.random() < 1 - math.exp(-rate * (day - last))]
            last = day
            if basket:
                transaction += 1
                chosen = [
                    favourites[need] if draw.random() < 0.8 else draw.choice(by_need[need]) for need in basket
                ]
                sold_on = size.first_on + timedelta(days=day)
                yield from _basket(chosen, str(household), store, transaction, sold_on, draw)


def _basket(
    chosen: Iterable[_Product], household: str, store: str, number: int, sold_on: date, draw: random.Random
) -> Iterator[tuple[Any, ...]]:
    carded = household if draw.random() < 0.95 else ""
    sold_at = datetime.combine(sold_on, time(17, draw.randrange(60)))
    for line, product in enumerate(chosen, start=1):
        quantity = draw.choice((1, 1, 1, 2, 3))
        discount = product.price_cents // 5 * quantity if draw.random() < 0.15 else 0
        amount = product.price_cents * quantity - discount
        yield (
            carded, "", store, "1", sold_on, f"T{number:07d}", line, sold_at, product.product_id,
            quantity * 1000, amount, discount, 0, 0, "", 0, sold_on,
        )  # fmt: skip


def _product_row(product: _Product, size: ShopSize) -> tuple[Any, ...]:
    name = f"{'Store brand ' if product.own else ''}{product.need.title()}"
    vendor = "store" if product.own else f"V{product.category[:3]}"
    return (
        product.product_id, vendor, product.department, product.category, product.need,
        "own" if product.own else "national", "1 ct", name, "true", size.first_on,
    )  # fmt: skip


def _deal_rows(size: ShopSize) -> Iterator[tuple[Any, ...]]:
    """A deal for every category that may have one, in turn of every kind."""
    until_on = size.first_on + timedelta(days=size.days + 28)
    rungs = (
        ("percent_off", [{"percent": 15}, {"percent": 25}, {"percent": 40}]),
        ("amount_off", [{"amount_cents": 25}, {"amount_cents": 50}]),
        ("second_at_half", [{"percent": 50}]),
    )
    for number, (department, category, _) in enumerate(SHOP_CLASSES):
        if department == "FUEL":
            continue
        kind, levels = rungs[number % len(rungs)]
        yield (
            f"S{number:02d}", f"Synthetic {category.title()}", f"V{category[:3]}", kind, json.dumps(levels),
            100 if number % 4 else 0, 8, department, category, "", "", "", "", size.first_on, until_on,
            20_000 if number % 2 else "", size.households // 2 if number % 5 == 0 else "", 0, 0,
            "false", "false", "approved", "true", size.first_on,
        )  # fmt: skip


def _write(path: Path, table_name: str, rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(table(table_name).column_names)
        writer.writerows(rows)
