"""What an unknown file seems to hold, as a mapping to start from: guesses from names and values, each doubt told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from regulars.kernel import CodeKind, read_product_code

from ._mappings import Mapping, TextFormat, shipped_mapping, shipped_mappings

_DELIMITERS = (",", ";", "\t", "|")
_PATTERNS = (
    "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%m/%d/%y", "%d.%m.%y",
)  # fmt: skip
_TIMES = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "%H%M%S", "%H%M", " %H:%M:%S %z")
_NUMBER = re.compile(r"[-+(]?\W?\d[\d.,' ]*[)-]?")
_WORDS: dict[str, tuple[str, ...]] = {
    "household_id": ("household", "card", "loyalty", "member", "customer", "karte", "kunde", "client", "shopper"),
    "store_id": ("store", "shop", "location", "branch", "filiale", "markt", "magasin", "tienda", "outlet", "site"),
    "lane_id": ("lane", "register", "till", "terminal", "workstation", "pos", "kasse", "caisse", "device"),
    "transaction_id": ("transaction", "receipt", "ticket", "basket", "order", "bon", "invoice", "sequence"),
    "line_number": ("line", "position", "row", "zeile", "item number", "line no"),
    "sold_at": ("time", "timestamp", "ts", "datetime", "sold at", "zeit", "created", "date", "datum", "day"),
    "product_id": ("upc", "ean", "gtin", "barcode", "plu", "sku", "product", "item", "article", "artikel", "code"),
    "quantity_milli": ("quantity", "qty", "menge", "units", "count", "anzahl", "cantidad"),
    "amount_cents": (
        "net",
        "amount",
        "total",
        "sales",
        "value",
        "betrag",
        "umsatz",
        "extended",
        "montant",
        "price",
    ),
    "loyalty_discount_cents": ("discount", "saved", "rabatt", "reduction", "markdown"),
    "store_coupon_cents": ("store coupon",),
    "manufacturer_coupon_cents": ("manufacturer coupon", "vendor coupon", "mfr coupon"),
}
"""Words by which a column of till lines is known, the surer first."""


@dataclass(frozen=True)
class Sample:
    """The beginning of a file.

    Args:
        name: Its name.
        format: ``csv``, ``parquet`` or ``poslog``.
        header: Names of its columns.
        rows: Cells of its first rows, as text.
        text: How it is written.
    """

    name: str
    format: str
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    text: TextFormat = field(default_factory=TextFormat)

    def column(self, name: str) -> list[str]:
        """Cells of a column that say something."""
        place = self.header.index(name)
        return [row[place] for row in self.rows if place < len(row) and row[place]]


@dataclass(frozen=True)
class Proposal:
    """A mapping to start from.

    Args:
        shipped: Name of the shipped mapping that reads the file as it is; empty if none does.
        text: The mapping's own text; empty when a shipped one does.
        doubts: What to look at before it is used.
    """

    shipped: str
    text: str
    doubts: tuple[str, ...]


def text_sample(name: str, data: bytes, rows: int = 200) -> Sample:
    """The beginning of a text file, with its encoding, delimiter, quotes and decimal mark guessed.

    Args:
        name: Its name.
        data: Its first bytes; the last line may be cut.
        rows: How many rows are looked at.
    """
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8"
    try:
        decoded = data.decode(encoding)
    except UnicodeDecodeError as error:
        cut = encoding == "utf-8" and error.start > len(data) - 4
        encoding = encoding if cut else "cp1252"
        decoded = data.decode(encoding, "replace")
    if re.match(r"\ufeff?\s*<", decoded):
        return Sample(name, "poslog")
    lines = [line for line in decoded.lstrip("\ufeff").splitlines() if line.strip()]
    lines = lines[:-1] if len(lines) > 2 and not decoded.endswith("\n") else lines
    delimiter = max(_DELIMITERS, key=lambda mark: (_evenness(lines[:50], mark), -_DELIMITERS.index(mark)))
    quoting = any(line.startswith('"') or f'{delimiter}"' in line for line in lines)
    cells = [_split(line, delimiter, quoting=quoting) for line in lines[: rows + 1]]
    header = tuple(cells[0]) if cells else ()
    decimal, thousands = _marks(cells[1:])
    text = TextFormat(delimiter, quoting, encoding, decimal, thousands)
    return Sample(name, "csv", header, tuple(tuple(row) for row in cells[1:]), text)


def _evenness(lines: Sequence[str], mark: str) -> float:
    """Share of lines that have as many marks as the first, if that has any."""
    wanted = lines[0].count(mark) if lines else 0
    return sum(line.count(mark) == wanted for line in lines) / len(lines) + wanted / 1_000 if wanted else 0


def _split(line: str, delimiter: str, *, quoting: bool) -> list[str]:
    if not quoting:
        return [cell.strip() for cell in line.split(delimiter)]
    mark = re.escape(delimiter)
    found = re.findall(rf'(?:^|{mark})("(?:[^"]|"")*"|[^{mark}]*)', line)
    return [cell[1:-1].replace('""', '"') if cell.startswith('"') else cell.strip() for cell in found]


def _marks(rows: Sequence[Sequence[str]]) -> tuple[str, str]:
    """Decimal mark and mark of thousands: a comma is the decimal mark if numbers end in one and two digits."""
    numbers = [cell for row in rows for cell in row if _NUMBER.fullmatch(cell)]
    commas = sum(re.search(r",\d{1,2}\D?$", cell) is not None for cell in numbers)
    points = sum(re.search(r"\.\d{1,3}\D?$", cell) is not None for cell in numbers)
    if commas > points:
        return ",", "." if any(re.search(r"\.\d{3},", cell) for cell in numbers) else ""
    return ".", "," if any(re.search(r",\d{3}(\.|\D?$)", cell) for cell in numbers) else ""


def propose_mapping(sample: Sample) -> Proposal:
    """A mapping of till lines for a file; a shipped one if all its columns are there.

    Args:
        sample: The file's beginning.
    """
    if sample.format == "poslog":
        return Proposal("plain", "", ("the zones of stamps and store are taken as UTC",))
    for name in shipped_mappings():
        if _reads(shipped_mapping(name), sample):
            return Proposal(name, "", ())
    chosen = _chosen_columns(sample)
    wanted = ("store_id", "transaction_id", "product_id", "sold_at", "quantity_milli", "amount_cents")
    doubts = [f"nothing looks like {target}" for target in wanted if target not in chosen]
    pattern = _pattern_of(sample.column(chosen["sold_at"])) if "sold_at" in chosen else ""
    if pattern is None:
        doubts.append(
            f"the dates of {chosen['sold_at']!r} are written in no way that is known: give their pattern"
        )
    elif pattern.startswith("%m/%d"):
        doubts.append(f"the dates of {chosen['sold_at']!r} are taken as month/day; turn them if they are not")
    doubts.append("the store's zone is taken as UTC")
    return Proposal("", _mapping_text(sample, chosen, pattern or ""), tuple(doubts))


def _reads(mapping: Mapping, sample: Sample) -> bool:
    computed = {cell.name for entry in mapping.files for cell in entry.computed}
    for entry in mapping.files:
        if entry.format != sample.format:
            continue
        needed = {column.file_column for column in entry.columns if not column.optional} - {None}
        needed |= {name for cell in entry.computed for name in cell.reads}
        if needed - computed and needed - computed <= set(sample.header):
            return True
    return False


def _chosen_columns(sample: Sample) -> dict[str, str]:
    """Column of the table → column of the file: by name, and by what stands in it."""
    fits: dict[str, Callable[[list[str]], bool]] = {
        "quantity_milli": _are_numbers, "amount_cents": _are_numbers, "loyalty_discount_cents": _are_numbers,
        "store_coupon_cents": _are_numbers, "manufacturer_coupon_cents": _are_numbers, "line_number": _are_numbers,
        "sold_at": lambda cells: _pattern_of(cells) is not None,
    }  # fmt: skip
    chosen: dict[str, str] = {}
    free = list(sample.header)
    coded = next((name for name in free if _are_codes(sample.column(name))), None)
    if coded is not None:
        chosen["product_id"] = coded
        free.remove(coded)
    order = ("store_coupon_cents", "manufacturer_coupon_cents", "loyalty_discount_cents", *_WORDS)
    for target in dict.fromkeys(order):
        if target in chosen:
            continue
        fit = fits.get(target, bool)
        fitting = [name for name in free if fit(sample.column(name))]
        name = _best(fitting, _WORDS[target])
        if name is not None:
            chosen[target] = name
            free.remove(name)
    return chosen


def _best(names: Sequence[str], words: Sequence[str]) -> str | None:
    for word in words:
        for name in names:
            plain = re.sub(r"[^a-z0-9]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()).strip()
            if re.search(rf"\b{word}", plain):
                return name
    return None


def _are_numbers(cells: list[str]) -> bool:
    return bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)


def _are_codes(cells: list[str]) -> bool:
    """Whether nearly all are trade items' codes with a right check digit."""
    kinds = [read_product_code(cell).kind for cell in cells]
    return len(kinds) > 2 and sum(kind in {CodeKind.GTIN, CodeKind.VARIABLE} for kind in kinds) > 0.9 * len(kinds)


def _pattern_of(cells: list[str]) -> str | None:
    """How dates or stamps are written; empty for ISO, None for no way that is known."""
    if not cells:
        return None
    for day in _PATTERNS:
        for clock in _TIMES:
            if all(_parses(cell, day + clock) for cell in cells[:100]):
                return (
                    "" if day == "%Y-%m-%d" and clock in {"", " %H:%M:%S", " %H:%M", "T%H:%M:%S"} else day + clock
                )
    return None


def _parses(cell: str, pattern: str) -> bool:
    try:
        stamp = datetime.strptime(cell, pattern)  # noqa: DTZ007 - only its form matters
    except ValueError:
        return False
    return 1990 <= stamp.year < 2100


def _mapping_text(sample: Sample, chosen: dict[str, str], pattern: str) -> str:
    text = sample.text
    lines = [
        "# A first guess, made from the file's beginning: look at every line before you use it.",
        'name = "my-till"',
        "",
        "[[file]]",
        f"match = {_quoted(re.sub(r'[0-9]+', '*', sample.name))}",
        'kind = "lines"',
        f"format = {_quoted(sample.format)}",
        'stamps_zone = "UTC"',
        'store_zone = "UTC"',
    ]
    if sample.format == "csv":
        thousands = f", thousands = {_quoted(text.thousands)}" if text.thousands else ""
        lines.append(
            f"csv = {{ delimiter = {_quoted(text.delimiter)}, quoting = {str(text.quoting).lower()}, "
            f"encoding = {_quoted(text.encoding)}, decimal = {_quoted(text.decimal)}{thousands} }}"
        )
    lines.append("[file.columns]")
    whole = {target: _are_whole(sample, chosen.get(target)) for target in _WORDS if target.endswith("_cents")}
    unknown = "CHANGE ME"
    stamp = chosen.get("sold_at", unknown)
    said = f", pattern = {_quoted(pattern)}" if pattern else ""
    if "household_id" in chosen:
        lines.append(f"household_id = {_quoted(chosen['household_id'])}")
    lines += [
        f"store_id = {_quoted(chosen['store_id'])}" if "store_id" in chosen else 'store_id = { constant = "1" }',
        f"lane_id = {_quoted(chosen['lane_id'])}" if "lane_id" in chosen else 'lane_id = { constant = "" }',
        f"sold_on = {{ business_day_of = {_quoted(stamp)}{said} }}",
        f"transaction_id = {_quoted(chosen.get('transaction_id', unknown))}",
        f"line_number = {_quoted(chosen['line_number'])}"
        if "line_number" in chosen
        else f"line_number = {{ rank_by = {_quoted(chosen.get('product_id', unknown))} }}",
        f"sold_at = {{ from = {_quoted(stamp)}{said} }}",
        f"product_id = {{ from = {_quoted(chosen.get('product_id', unknown))}, code = true }}",
        f'quantity_milli = {{ from = {_quoted(chosen.get("quantity_milli", unknown))}, unit = "units" }}',
    ]
    for target, cents in whole.items():
        unit = "cents" if cents else "dollars"
        if target in chosen or target == "amount_cents":
            name = _quoted(chosen.get(target, unknown))
            lines.append(f'{target} = {{ from = {name}, unit = "{unit}" }}')
        else:
            lines.append(f'{target} = {{ constant = "0" }}')
    lines.append('known_from_on = { same_as = "sold_on" }')
    return "\n".join(lines) + "\n"


def _are_whole(sample: Sample, name: str | None) -> bool:
    """Whether amounts look like cents: all whole, and most above a hundred."""
    cells = sample.column(name) if name is not None else []
    whole = [cell for cell in cells if re.fullmatch(r"-?\d+", cell)]
    return bool(cells) and len(whole) == len(cells) and sum(len(cell) > 2 for cell in whole) > len(whole) / 2


def _quoted(text: str) -> str:
    """A text as TOML writes it, which is as JSON does but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
