"""The file that states what the data lacks; every figure that rests on it carries its label."""

from __future__ import annotations

import tomllib
from typing import Any

from regulars.contracts import Assumptions
from regulars.kernel import ConfigError


def parse_assumptions(text: str, source: str) -> Assumptions:
    """Read `assumptions.toml`.

    Args:
        text: The file's text.
        source: Its name, for messages.

    Raises:
        ConfigError: No TOML, an unknown name or a value of the wrong kind; the message names it.
    """
    try:
        values: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source} is not TOML: {error}", hint="mend the line it names") from error
    fields = Assumptions.__dataclass_fields__
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise ConfigError(f"{source}: there is no setting {unknown[0]!r}; expected {', '.join(sorted(fields))}")
    if "label" not in values:
        raise ConfigError(f"{source} has no label; expected the mark that is printed beside assumed figures")
    if "coupon_depths" in values:
        values["coupon_depths"] = tuple(values["coupon_depths"])
    assumptions = Assumptions(**values)
    _check(assumptions, source)
    return assumptions


def margin_percent_of(assumptions: Assumptions, department_id: str, brand_kind: str) -> int:
    """Gross margin of a department's goods, per cent of price, with the own brand's advantage.

    Example:
        >>> margin_percent_of(Assumptions("assumed", {"": 25}, own_brand_margin_points=8), "DELI", "own")
        33
    """
    margins = assumptions.margin_percent
    base = margins.get(department_id, margins.get("", 0))
    return base + (assumptions.own_brand_margin_points if brand_kind == "own" else 0)


def _check(assumptions: Assumptions, source: str) -> None:
    wrong: list[str] = []
    for name in ("redemption_known", "redemption_need", "redemption_new", "switch_share"):
        if not 0 < getattr(assumptions, name) < 1:
            wrong.append(f"{name} is {getattr(assumptions, name)}, expected a number between 0 and 1")
    for department_id, percent in assumptions.margin_percent.items():
        if not isinstance(percent, int) or not 0 <= percent <= 90:
            wrong.append(f"margin_percent.{department_id!r} is {percent}, expected 0 to 90")
    if not assumptions.coupon_depths or not all(0 < depth <= 60 for depth in assumptions.coupon_depths):
        wrong.append(f"coupon_depths is {list(assumptions.coupon_depths)}, expected per cents from 1 to 60")
    if assumptions.fee_cents < 0 or assumptions.depth_response < 0:
        wrong.append("fee_cents and depth_response are 0 or more")
    if wrong:
        raise ConfigError(f"{source}: {'; '.join(wrong)}")
