"""How numbers and names are written on the page: one place, American English, dollars."""

from __future__ import annotations

from datetime import date

from regulars.kernel import divide_half_up

_WHOLE_FROM_CENTS = 10_000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def count_text(value: float) -> str:
    """``1,123``."""
    return f"{value:,.0f}"


def decimal_text(value: float) -> str:
    """``5.2``."""
    return f"{value:,.1f}"


def measure_text(value: float) -> str:
    """``0.588``, for the analyst."""
    return f"{value:.3f}"


def percent_text(share: float) -> str:
    """``32%``; one decimal below ten per cent, ``100%`` only when it is."""
    percent = 100 * share
    if 99.5 <= percent < 100:
        return "over 99%"
    return f"{percent:.1f}%" if 0 < abs(percent) < 9.95 else f"{percent:.0f}%"


def share_text(share: float) -> str:
    """``32.0%``, ``5.2%``: one decimal whatever the share, so that a column reads as one."""
    return f"{100 * share:.1f}%"


def money_text(cents: int) -> str:
    """``$5.42`` below a hundred dollars, ``$1,235`` from there."""
    sign = "−" if cents < 0 else ""
    if abs(cents) < _WHOLE_FROM_CENTS:
        return f"{sign}${abs(cents) // 100}.{abs(cents) % 100:02d}"
    return f"{sign}${divide_half_up(abs(cents), 100):,}"


def rest_text(total_cents: int, part_cents: int) -> str:
    """What is left of a total once a part is taken, so that the three numbers as written add up.

    Example:
        >>> money_text(526_251), money_text(495_949), rest_text(526_251, 495_949)
        ('$5,263', '$4,959', '$304')
    """
    if min(total_cents, part_cents) < _WHOLE_FROM_CENTS:
        return money_text(total_cents - part_cents)
    return f"${divide_half_up(total_cents, 100) - divide_half_up(part_cents, 100):,}"


def day_text(day: date) -> str:
    """``Mon, Nov 27, 2017``."""
    return f"{_DAYS[day.weekday()]}, {_MONTHS[day.month - 1]} {day.day}, {day.year}"


def short_day_text(day: date) -> str:
    """``Nov 27``, where the year stands elsewhere."""
    return f"{_MONTHS[day.month - 1]} {day.day}"


def share_of(part: float, whole: float) -> float:
    """Part of a whole, 0 when there is nothing."""
    return part / whole if whole else 0.0


def sentence_case(name: str) -> str:
    """A class of goods as a reader writes it: ``FLUID MILK`` becomes ``Fluid milk``; other names stay."""
    return name.capitalize() if name.isupper() else name
