"""What margin the store is assumed to make, where its books are not at hand."""

from __future__ import annotations

from regulars.contracts import Assumptions


def margin_percent_of(assumptions: Assumptions, department_id: str, brand_kind: str) -> int:
    """Gross margin of a department's goods, per cent of price, with the own brand's advantage.

    Args:
        assumptions: Margins by department; the entry ``""`` is the rest.
        department_id: The department.
        brand_kind: ``own`` or ``national``.

    Example:
        >>> margin_percent_of(Assumptions("assumed", {"": 25}, own_brand_margin_points=8), "DELI", "own")
        33
    """
    margins = assumptions.margin_percent
    base = margins.get(department_id, margins.get("", 0))
    return base + (assumptions.own_brand_margin_points if brand_kind == "own" else 0)
