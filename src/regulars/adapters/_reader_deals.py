"""What the levels of a deal must hold, as SQL over the columns ``kind`` and ``rungs`` of a deals file."""

from __future__ import annotations

from dataclasses import dataclass

from regulars.contracts import DealKind


@dataclass(frozen=True)
class RungFault:
    """One thing that may be wrong with the levels of a deal.

    Args:
        expected: What was expected, for the message.
        broken: SQL that is true where it is wrong.
    """

    expected: str
    broken: str


_KEYS = {
    DealKind.PERCENT_OFF: ("percent",),
    DealKind.AMOUNT_OFF: ("amount_cents",),
    DealKind.FIXED_PRICE: ("price_cents",),
    DealKind.SECOND_AT_HALF: ("percent",),
    DealKind.MULTIBUY: ("buy_quantity", "pay_quantity"),
    DealKind.MULTIBUY_PRICE: ("buy_quantity", "price_cents"),
    DealKind.THRESHOLD: ("threshold_cents", "amount_cents"),
}
"""What every level of a kind must hold, and nothing else."""

_LEAVABLE = frozenset({DealKind.SECOND_AT_HALF})
"""Kinds whose key may be left out."""

_LIMITS = {"percent": 100, "buy_quantity": 100, "pay_quantity": 100}
_LIMIT_CENTS = 10_000_000

_BEYOND = {
    DealKind.MULTIBUY: ("fewer paid than bought", "{pay_quantity} >= {buy_quantity}"),
    DealKind.MULTIBUY_PRICE: ("two or more bought", "{buy_quantity} < 2"),
}
"""What else a level of a kind must hold, and the SQL of the contrary."""


def rung_faults() -> list[RungFault]:
    """A fault for each kind of deal, in the order of `DealKind`."""
    return [_fault(kind) for kind in DealKind]


def _fault(kind: DealKind) -> RungFault:
    keys = _KEYS[kind]
    faults = [_wrong_number(key, leavable=kind in _LEAVABLE) for key in keys]
    listed = ", ".join(f"'{key}'" for key in keys)
    faults.append(f"len(list_filter(json_keys(rung), lambda key: key NOT IN ({listed}))) > 0")
    faults.append("json_type(rung) <> 'OBJECT'")
    wanted = " and ".join(f"{key} (1 to {_limit(key)})" for key in keys)
    needed = (
        f"may hold only {wanted}, in whole numbers" if kind in _LEAVABLE else f"to hold {wanted}, in whole numbers"
    )
    if kind in _BEYOND:
        words, contrary = _BEYOND[kind]
        needed += f", {words}"
        faults.append(contrary.format(**{key: _number(key) for key in keys}))
    rungs = "json_extract(TRY_CAST(rungs AS JSON), '$[*]')"
    wrong = f"list_filter({rungs}, lambda rung: COALESCE({' OR '.join(faults)}, true))"
    return RungFault(
        f"1 to 5 different levels, for {kind.value} each {needed}",
        f"(kind = '{kind.value}' AND (len({rungs}) NOT BETWEEN 1 AND 5 OR len({wrong}) > 0 "
        f"OR len(list_distinct({rungs})) < len({rungs})))",
    )


def _wrong_number(key: str, *, leavable: bool) -> str:
    """Whether a level's key is missing, no whole number, or out of range."""
    absent = f"NOT json_exists(rung, '$.{key}')"
    whole = f"COALESCE(json_type(rung, '$.{key}') IN ('UBIGINT', 'BIGINT'), false)"
    wrong = f"(NOT {whole} OR COALESCE({_number(key)} NOT BETWEEN 1 AND {_limit(key)}, true))"
    return f"(NOT ({absent}) AND {wrong})" if leavable else f"({absent} OR {wrong})"


def _number(key: str) -> str:
    return f"TRY_CAST(json_extract_string(rung, '$.{key}') AS BIGINT)"


def _limit(key: str) -> int:
    return _LIMITS.get(key, _LIMIT_CENTS)
