"""Promotion announcements (ANSI X12 set 889) become rows of `deals`, as drafts; what cannot be read is a finding.

Read: G42 (status, deal number), N1 (vendor), G62 (dates 15/16, else 29/30), NTE (name), and loops of G45 (items) with
G46 (allowances: a rate per each, or a per cent). Allowances that differ by option are the levels of one deal. A set
whose items have different allowances becomes one deal for each. Only a new promotion or a whole replacement is read:
one that changes, cancels or confirms says nothing that could be given.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from regulars.contracts import Finding
from regulars.kernel import gtin_check_digit, read_product_code

RULE = "promotion-can-be-read"

_ISA_LENGTH = 106
_STARTS, _ENDS = ("15", "29"), ("16", "30")
_VENDOR_CODES = ("VN", "SU", "MF", "SE")
_READ_STATUS = {"", "01", "04"}
_UNREAD_STATUS: Mapping[str, str] = {
    "02": "changes a promotion; ask for a replacement (04), or edit the deal",
    "03": "cancels a promotion; end the deal, if it is here",
    "05": "confirms a promotion; there is nothing to load",
    "06": "changes a promotion's dates; edit the deal",
    "07": "accepts a promotion; there is nothing to load",
}
"""Status codes of G42, and what to do about those that bring no terms of their own."""
_EACH = {"", "EA", "UN"}
"""Units of a rate that is for one piece, as the shopper buys it."""

Segment = list[str]


class _UnreadableError(ValueError):
    """Why a set cannot be read."""


@dataclass
class _Set:
    deal_id: str = ""
    name: str = ""
    vendor_id: str = ""
    dates: dict[str, date] = field(default_factory=dict)
    groups: list[tuple[list[str], list[Segment]]] = field(default_factory=list)


def read_promotions(text: str, file_name: str) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Deals of an interchange.

    Args:
        text: The interchange, from ISA to IEA.
        file_name: Its name, for findings.

    Returns:
        Rows with the columns of a deals file, and one finding for each set that cannot be read.
    """
    try:
        segments = list(_segments(text))
    except _UnreadableError as error:
        return [], [Finding(file_name, 1, "", RULE, str(error), text[:80])]
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    known_on = _known_on(segments)
    for begin, end in _sets(segments):
        try:
            rows += _deals(_read_set(segments[begin:end]), known_on)
        except _UnreadableError as error:
            raw = " ".join("*".join(segment) for segment in segments[begin : begin + 2])
            findings.append(Finding(file_name, begin + 1, "", RULE, str(error), raw))
    if not rows and not findings:
        findings.append(Finding(file_name, 1, "", RULE, "it holds no promotion announcement (ST*889)", text[:80]))
    return rows, findings


def _segments(text: str) -> Iterator[Segment]:
    """Segments as lists of elements, by the separators its ISA segment declares."""
    body = text.lstrip()
    if not body.startswith("ISA") or len(body) < _ISA_LENGTH:
        raise _UnreadableError("it does not begin with a whole ISA segment of 106 characters")
    element, terminator = body[3], body[_ISA_LENGTH - 1]
    for raw in body.split(terminator):
        if raw.strip():
            yield [part.strip() for part in raw.strip("\r\n").split(element)]


def _sets(segments: Sequence[Segment]) -> Iterator[tuple[int, int]]:
    begin = None
    for place, segment in enumerate(segments):
        if segment[0] == "ST":
            begin = place if segment[1:2] == ["889"] else None
        elif segment[0] == "SE" and begin is not None:
            yield begin, place
            begin = None


def _known_on(segments: Sequence[Segment]) -> date | None:
    """When the sender made the interchange: GS04."""
    for segment in segments:
        if segment[0] == "GS" and len(segment) > 4:
            return _date(segment[4])
    return None


def _read_set(segments: Sequence[Segment]) -> _Set:
    found = _Set()
    for segment in segments:
        match segment[0]:
            case "G42":
                found.deal_id = _at(segment, 2)
                _check_status(found.deal_id, _at(segment, 1))
            case "N1" if _at(segment, 1) in _VENDOR_CODES:
                found.vendor_id = _at(segment, 4) or _at(segment, 2)
            case "G62":
                found.dates[_at(segment, 1)] = _date(_at(segment, 2))
            case "NTE" if not found.name:
                found.name = _at(segment, 2)
            case "G45":
                _add_item(found, segment)
            case "G46":
                if not found.groups:
                    raise _UnreadableError("an allowance (G46) stands before any item (G45)")
                found.groups[-1][1].append(segment)
    return found


def _check_status(deal_id: str, status: str) -> None:
    if status not in _READ_STATUS:
        what = _UNREAD_STATUS.get(status, f"has status {status}; expected 01 (new) or 04 (replace)")
        raise _UnreadableError(f"announcement {deal_id} {what}")


def _add_item(found: _Set, segment: Segment) -> None:
    """Items that follow each other without an allowance between them share the next ones."""
    item = _at(segment, 2) or _at(segment, 6) or _at(segment, 1)
    if not item:
        raise _UnreadableError("an item (G45) has no code")
    if not found.groups or found.groups[-1][1]:
        found.groups.append(([], []))
    found.groups[-1][0].append(item)


def _deals(found: _Set, known_on: date | None) -> list[dict[str, Any]]:
    for name, value in (("deal number (G42)", found.deal_id), ("vendor (N1)", found.vendor_id)):
        if not value:
            raise _UnreadableError(f"promotion {found.deal_id or '?'} has no {name}")
    from_on, last_on = _first(found.dates, _STARTS), _first(found.dates, _ENDS)
    if from_on is None or last_on is None:
        raise _UnreadableError(
            f"promotion {found.deal_id} has no first and last day (G62 15 and 16, or 29 and 30)"
        )
    by_terms: dict[tuple[str, str], list[str]] = {}
    for items, allowances in found.groups:
        by_terms.setdefault(_terms(found.deal_id, allowances), []).extend(items)
    if not by_terms:
        raise _UnreadableError(f"promotion {found.deal_id} names no item (G45)")
    several = len(by_terms) > 1
    return [
        {
            "deal_id": f"{found.deal_id}-{place}" if several else found.deal_id,
            "name": found.name or f"Promotion {found.deal_id}",
            "vendor_id": found.vendor_id,
            "kind": kind,
            "rungs": rungs,
            "funding_percent": 100,
            "product_ids": json.dumps(sorted(set(items))),
            "from_on": from_on.isoformat(),
            "until_on": (last_on + timedelta(days=1)).isoformat(),
            "state": "draft",
            "known_from_on": (known_on or from_on).isoformat(),
        }
        for place, ((kind, rungs), items) in enumerate(by_terms.items(), start=1)
    ]


def _terms(deal_id: str, allowances: Sequence[Segment]) -> tuple[str, str]:
    """Kind and levels of a group of allowances."""
    units = sorted({_at(one, 4) for one in allowances if _at(one, 3)} - _EACH)
    if units:
        raise _UnreadableError(
            f"promotion {deal_id} has an allowance per {', '.join(units)} (G46-04); expected one per piece, EA or UN"
        )
    rates = sorted({_number(_at(one, 3)) for one in allowances if _at(one, 3)})
    percents = sorted({_number(_at(one, 7)) for one in allowances if _at(one, 7)})
    if bool(rates) == bool(percents):
        raise _UnreadableError(
            f"promotion {deal_id}: expected allowances (G46) that are all rates or all per cents"
        )
    if len(rates) + len(percents) > 5:
        raise _UnreadableError(f"promotion {deal_id} has {len(rates) + len(percents)} allowances; expected 1 to 5")
    if rates:
        return "amount_off", json.dumps([{"amount_cents": _whole(deal_id, 100 * rate)} for rate in rates])
    return "percent_off", json.dumps([{"percent": _whole(deal_id, percent)} for percent in percents])


def _whole(deal_id: str, number: Decimal) -> int:
    if number <= 0 or number != int(number):
        raise _UnreadableError(
            f"promotion {deal_id} has an allowance of {number:f}; expected whole cents or per cents"
        )
    return int(number)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise _UnreadableError(f"an allowance is {text!r}; expected a number") from None


def _first(dates: dict[str, date], codes: Sequence[str]) -> date | None:
    return next((dates[code] for code in codes if code in dates), None)


def _date(text: str) -> date:
    """A date of eight digits, or of six in years 2000 to 2099."""
    digits = f"20{text}" if len(text) == 6 else text
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        raise _UnreadableError(f"a date is {text!r}; expected eight digits, year first") from None


def _at(segment: Segment, place: int) -> str:
    return segment[place] if len(segment) > place else ""


def known_products(codes: Sequence[str], known: Collection[str]) -> list[str]:
    """Codes of an announcement as the products here are called, sorted; one that is not here stays as it stands.

    Vendors send codes as they stand on the package, or, as the grocers' form of the set has it, twelve digits without
    the check digit.

    Args:
        codes: As announced.
        known: Ids of the products here.

    Example:
        >>> known_products(["002840000517", "7"], {"00028400005173"})
        ['00028400005173', '7']
    """
    return sorted({next((form for form in _forms(code) if form in known), code) for code in codes})


def _forms(code: str) -> Iterator[str]:
    yield code
    yield read_product_code(code).product_id
    if len(code) == 12 and code.isdecimal():
        whole = f"0{code}{gtin_check_digit(f'0{code}')}"
        yield whole
        yield whole.lstrip("0")
