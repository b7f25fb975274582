"""What an unknown file seems to hold, as a mapping to start from: guesses from names and values, each doubt told."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass

from regulars.contracts import table

from ._mapping_defaults import left_out
from ._mappings import FileMapping, shipped_mapping, shipped_mappings
from ._sniff_columns import CLOCK, ENOUGH, chosen_columns, coded_column, kind_of
from ._sniff_fixed import SeenField, seen_fields
from ._sniff_sample import NUMBER, Sample
from ._sniff_values import (
    are_cents,
    are_mostly_negative,
    clock_pattern,
    day_pattern,
    has_clock,
    said_pattern,
)

TO_BE_NAMED = "CHANGE ME"
"""Stands in a proposal where no column was found."""

_WANTED = {
    "lines": ("store_id", "transaction_id", "product_id", "sold_at", "quantity_milli", "amount_cents"),
    **{kind: columns for kind, columns in ENOUGH.items() if kind != "lines"},
}
_SOLD = "sold at"
_CELLS_SHOWN = 3


@dataclass(frozen=True)
class Proposal:
    """A mapping to start from.

    Args:
        shipped: Name of the shipped mapping that reads the file as it is; empty if none does.
        text: The mapping's own text; empty when a shipped one does, or when nothing is known of the file.
        doubts: What to look at before it is used.
        kind: What the file seems to hold; empty when nothing is known of it.
    """

    shipped: str
    text: str
    doubts: tuple[str, ...]
    kind: str = "lines"


def propose_mapping(sample: Sample) -> Proposal:
    """A mapping for a file; a shipped one if all its columns are there.

    Args:
        sample: The file's beginning.
    """
    if sample.format == "poslog":
        return Proposal("plain", "", ("the zones of stamps and store are taken as UTC",))
    if sample.format == "fixed":
        return _fixed_proposal(sample)
    for name in shipped_mappings():
        kind = _kind_read_by(shipped_mapping(name).files, sample)
        if kind:
            return Proposal(name, "", (), kind)
    kind = kind_of(sample)
    if not kind:
        known = "till lines, cards, stock, prices, products or households"
        return Proposal("", "", (f"this looks like no file of {known}: it has {_listed(sample.header)}",), "")
    chosen = chosen_columns(sample, kind, coded_column(sample))
    return Proposal("", _csv_text(sample, kind, chosen), tuple(_doubts(sample, kind, chosen)), kind)


def _listed(names: tuple[str, ...]) -> str:
    said = ", ".join(name[:40] for name in names[:12])
    return f"the columns {said}" if said else "no columns"


def _kind_read_by(files: tuple[FileMapping, ...], sample: Sample) -> str:
    """The kind of the entry all whose columns are there; the one that reads most of them, empty if there is none."""
    read: dict[int, str] = {}
    for entry in files:
        computed = {cell.name for cell in entry.computed}
        needed = {column.file_column for column in entry.columns if not column.optional} - {None}
        needed |= {name for cell in entry.computed for name in cell.reads if name not in cell.optional}
        same = entry.format == sample.format and (
            entry.text.delimiter, entry.text.encoding,
        ) == (sample.text.delimiter, sample.text.encoding)  # fmt: skip
        if same and needed - computed and needed - computed <= set(sample.header):
            read.setdefault(len(needed - computed), entry.kind)
    return read[max(read)] if read else ""


def _doubts(sample: Sample, kind: str, chosen: Dictionary[str, str]) -> list[str]:
    """What is not found or could be meant otherwise."""
    if any(NUMBER.fullmatch(name) for name in sample.header):
        return ["the first line looks like a row; Regulars needs a first line with the columns' names"]
    doubts = [f"nothing looks like {target}" for target in _WANTED[kind] if target not in chosen]
    for target in ("sold_at", "counted_on", "from_on", "until_on"):
        pattern = day_pattern(sample.column(chosen[target])) if target in chosen else None
        if pattern is not None and pattern.startswith("%m/%d"):
            doubts.append(f"the dates of {chosen[target]!r} are taken as month/day; turn them if they are not")
    if kind != "lines":
        return doubts
    if "sold_at" in chosen and CLOCK not in chosen and not has_clock(_pattern(sample, chosen["sold_at"])):
        doubts.append("nothing looks like a time of day: the lines have a day alone")
    if "card_id" not in chosen and "household_id" not in chosen:
        doubts.append("nothing looks like a card: the lines count for the store and for no household")
    amount = chosen.get("amount_cents", "")
    if re.search(r"price|preis|prix", amount.lower()):
        doubts.append(f"{amount!r} may be the price of one unit; what is wanted is what the line came to")
    if "line_number" not in chosen:
        doubts.append("nothing looks like a line's number: lines are numbered within the receipt by their product")
    return [*doubts, "the store's zone is taken as UTC"]


def _pattern(sample: Sample, name: str) -> str:
    return day_pattern(sample.column(name)) or ""


def _csv_text(sample: Sample, kind: str, chosen: Dictionary[str, str]) -> str:
    """The text of a mapping for a file with a header."""
    lines = _head(sample, kind)
    if sample.format == "csv":
        text = sample.text
        thousands = f", thousands = {_quoted(text.thousands)}" if text.thousands else ""
        lines.append(
            f"csv = {{ delimiter = {_quoted(text.delimiter)}, quoting = {str(text.quoting).lower()}, "
            f"encoding = {_quoted(text.encoding)}, decimal = {_quoted(text.decimal)}{thousands} }}"
        )
    if CLOCK in chosen:
        joined = ", ".join(_quoted(name) for name in (chosen["sold_at"], chosen[CLOCK]))
        lines += ["[file.computed]", f'"{_SOLD}" = {{ join = [{joined}] }}']
    lines.append("[file.columns]")
    lines += _line_columns(sample, chosen) if kind == "lines" else _other_columns(sample, kind, chosen)
    return "\n".join(lines) + "\n"


def _head(sample: Sample, kind: str) -> list[str]:
    zones = ['stamps_zone = "UTC"', 'store_zone = "UTC"'] if kind == "lines" else []
    return [
        "# A first guess, made from the file's beginning: look at every line before you use it.",
        'name = "my-till"',
        "",
        "[[file]]",
        f"match = {_quoted(re.sub(r'[0-9]+', '*', sample.name))}",
        f"kind = {_quoted(kind)}",
        f"format = {_quoted(sample.format)}",
        *zones,
    ]


def _line_columns(sample: Sample, chosen: Dictionary[str, str]) -> list[str]:
    """Columns of till lines."""
    stamp, pattern = chosen.get("sold_at", TO_BE_NAMED), ""
    if "sold_at" in chosen:
        pattern = _pattern(sample, stamp)
    if CLOCK in chosen:
        stamp, pattern = _SOLD, f"{pattern} {clock_pattern(sample.column(chosen[CLOCK]))}"
    lines = [f"{target} = {_quoted(chosen[target])}" for target in ("household_id", "card_id") if target in chosen]
    lines += [
        f"store_id = {_quoted(chosen['store_id'])}" if "store_id" in chosen else 'store_id = { constant = "1" }',
        f"lane_id = {_quoted(chosen['lane_id'])}" if "lane_id" in chosen else 'lane_id = { constant = "" }',
        *_when(stamp, pattern),
        f"transaction_id = {_quoted(chosen.get('transaction_id', TO_BE_NAMED))}",
        f"line_number = {_quoted(chosen['line_number'])}"
        if "line_number" in chosen
        else f"line_number = {{ rank_by = {_quoted(chosen.get('product_id', TO_BE_NAMED))} }}",
        f"product_id = {{ from = {_quoted(chosen.get('product_id', TO_BE_NAMED))}, code = true }}",
        f'quantity_milli = {{ from = {_quoted(chosen.get("quantity_milli", TO_BE_NAMED))}, unit = "units" }}',
    ]
    for target in ("amount_cents", "loyalty_discount_cents", "store_coupon_cents", "manufacturer_coupon_cents"):
        if target in chosen or target == "amount_cents":
            lines.append(_money(sample, target, chosen.get(target)))
        else:
            lines.append(f'{target} = {{ constant = "0" }}')
    return [*lines, 'known_from_on = { same_as = "sold_on" }']


def _when(stamp: str, pattern: str) -> list[str]:
    """Day and instant; of a day alone no instant is known."""
    said = f", pattern = {_quoted(said_pattern(pattern))}" if said_pattern(pattern) else ""
    if pattern and not has_clock(pattern):
        return [f"sold_on = {{ from = {_quoted(stamp)}{said} }}"]
    return [
        f"sold_on = {{ business_day_of = {_quoted(stamp)}{said} }}",
        f"sold_at = {{ from = {_quoted(stamp)}{said} }}",
    ]


def _money(sample: Sample, target: str, name: str | None) -> str:
    cells = sample.column(name) if name is not None else []
    negative = target != "amount_cents" and target != "price_cents" and are_mostly_negative(cells)
    unit = "cents" if are_cents(cells) else "dollars"
    turned = ", negative = true" if negative else ""
    return f'{target} = {{ from = {_quoted(name or TO_BE_NAMED)}, unit = "{unit}"{turned} }}'


def _other_columns(sample: Sample, kind: str, chosen: Dictionary[str, str]) -> list[str]:
    """Columns of the other kinds; what may be left out and was not found is."""
    lines, defaults = [], left_out(kind, "csv")
    for column in table(kind).columns:
        name = chosen.get(column.name)
        if name is None:
            if column.nullable or column.name in defaults:
                continue
            fill = '{ constant = "1" }' if column.name == "store_id" else _quoted(TO_BE_NAMED)
            lines.append(f"{column.name} = {fill}")
        elif column.name == "product_id":
            lines.append(f"product_id = {{ from = {_quoted(name)}, code = true }}")
        elif column.name.endswith("_cents"):
            lines.append(_money(sample, column.name, name))
        elif column.name.endswith("_milli"):
            lines.append(f'{column.name} = {{ from = {_quoted(name)}, unit = "units" }}')
        elif column.name == "brand_kind":
            codes = ", ".join(f'{_quoted(code)} = "national"' for code in sorted(set(sample.column(name)))[:12])
            lines.append(f"brand_kind = {{ from = {_quoted(name)}, codes = {{ {codes} }} }}   # say own for yours")
        elif column.type == "date":
            pattern = said_pattern(_pattern(sample, name))
            said = f", pattern = {_quoted(pattern)}" if pattern else ""
            lines.append(f"{column.name} = {{ from = {_quoted(name)}{said} }}")
        else:
            lines.append(f"{column.name} = {_quoted(name)}")
    return lines


def _fixed_proposal(sample: Sample) -> Proposal:
    """Fields of fixed columns, each with what stands in it; what they are is known of a few by their values."""
    fields = seen_fields([row[0] for row in sample.rows])
    names = [f"Field{number}" for number in range(1, len(fields) + 1)]
    meant = {field.means: (name, field) for name, field in zip(names, fields, strict=True) if field.means}
    lines = [*_head(sample, "lines"), f"csv = {{ encoding = {_quoted(sample.text.encoding)} }}", "[file.fields]"]
    for name, field in zip(names, fields, strict=True):
        shown = " | ".join(field.cells[:_CELLS_SHOWN])
        lines.append(f"{name} = [{field.first}, {field.length}]   # {_one_line(shown)}")
    lines.append("[file.columns]")
    lines += _fixed_columns(meant)
    doubts = [
        "these look like fixed columns: cut the fields as they are meant, and name them; lengths are guessed",
        *(f"nothing looks like {one}" for one in ("product_id", "sold_at") if one not in meant),
        "the store's zone is taken as UTC",
    ]
    return Proposal("", "\n".join(lines) + "\n", tuple(doubts))


def _fixed_columns(meant: Dictionary[str, tuple[str, SeenField]]) -> list[str]:
    stamp, field = meant.get("sold_at") or meant.get("sold_on") or (TO_BE_NAMED, None)
    product = meant["product_id"][0] if "product_id" in meant else TO_BE_NAMED
    return [
        f'card_id = "{TO_BE_NAMED}"',
        f'store_id = "{TO_BE_NAMED}"',
        f'lane_id = "{TO_BE_NAMED}"',
        *_when(stamp, field.pattern if field is not None else ""),
        f'transaction_id = "{TO_BE_NAMED}"',
        f'line_number = "{TO_BE_NAMED}"',
        f'product_id = {{ from = "{product}", code = true }}',
        f'quantity_milli = {{ from = "{TO_BE_NAMED}", unit = "units" }}',
        f'amount_cents = {{ from = "{TO_BE_NAMED}", unit = "cents" }}',
    ]


def _one_line(text: str) -> str:
    return "".join(mark if mark.isprintable() else "?" for mark in text)


def _quoted(text: str) -> str:
    """A text as TOML writes it, which is as JSON does but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
