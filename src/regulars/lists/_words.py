"""Every text a list says, in US English and dollars: the one place another language would be added."""

from __future__ import annotations

from datetime import date

from regulars.contracts import DealKind, Ladder, ReasonCode

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBERS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)

LEGAL = "Prices may change. Each special once per household, while supplies last."
"""What every page must say."""

ANSWER = "Not your list, or don’t want one? Tell us at {website}/privacy or at the desk."
"""How a household answers."""

SYNTHETIC = "Demonstration: real purchases, made-up store and specials ({label})."
"""What every page of the demonstration says."""


def money(cents: int) -> str:
    """Dollars and cents.

    Example:
        >>> money(4722), money(123456)
        ('$47.22', '$1,234.56')
    """
    return f"${cents // 100:,}.{cents % 100:02d}"


def short_money(cents: int) -> str:
    """The same for a call-out: cents alone below a dollar.

    Example:
        >>> short_money(75), short_money(100)
        ('75¢', '$1.00')
    """
    return f"{cents}¢" if cents < 100 else money(cents)


def shelf_price(cents: int | None) -> str:
    """A price beside an item, without the sign; empty when none is known.

    Example:
        >>> shelf_price(499)
        '4.99'
    """
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"


def day(on: date) -> str:
    """A day without its year.

    Example:
        >>> day(date(2017, 11, 11))
        'Nov 11'
    """
    return f"{_MONTHS[on.month - 1]} {on.day}"


def validity(from_on: date, last_on: date) -> str:
    """When the specials hold.

    Example:
        >>> validity(date(2017, 11, 27), date(2017, 12, 10))
        'Specials good Mon Nov 27 – Sun Dec 10, 2017'
    """
    begins = f"{_DAYS[from_on.weekday()]} {day(from_on)}"
    if from_on.year != last_on.year:
        begins += f", {from_on.year}"
    return f"Specials good {begins} – {_DAYS[last_on.weekday()]} {day(last_on)}, {last_on.year}"


def number(count: int) -> str:
    """A small number in words.

    Example:
        >>> number(3), number(24)
        ('three', '24')
    """
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def headline(kind: DealKind, rung: Ladder) -> tuple[str, str]:
    """The call-out of a tile and the words under it.

    Example:
        >>> headline(DealKind.SECOND_AT_HALF, Ladder(percent=50))
        ('½ off', 'second one')
        >>> headline(DealKind.MULTIBUY_PRICE, Ladder(buy_quantity=2, price_cents=750))
        ('$7.50', 'for two')
    """
    match kind:
        case DealKind.AMOUNT_OFF:
            return short_money(rung.amount_cents), "off"
        case DealKind.PERCENT_OFF:
            return f"{rung.percent}%", "off"
        case DealKind.FIXED_PRICE:
            return short_money(rung.price_cents), "each"
        case DealKind.SECOND_AT_HALF:
            percent = rung.percent or 50
            return ("½ off" if percent == 50 else f"{percent}% off"), "second one"
        case DealKind.MULTIBUY:
            return f"Buy {rung.pay_quantity}", f"get {number(rung.buy_quantity - rung.pay_quantity)} free"
        case DealKind.MULTIBUY_PRICE:
            return short_money(rung.price_cents), f"for {number(rung.buy_quantity)}"
        case DealKind.THRESHOLD:
            return short_money(rung.amount_cents), f"off {money(rung.threshold_cents)}"


def conditions(kind: DealKind, rung: Ladder) -> str:
    """What a shopper has to do for it; empty when buying one is enough.

    Example:
        >>> conditions(DealKind.MULTIBUY, Ladder(buy_quantity=3, pay_quantity=2))
        'when you take three'
    """
    match kind:
        case DealKind.SECOND_AT_HALF:
            return "when you buy two"
        case DealKind.MULTIBUY:
            return f"when you take {number(rung.buy_quantity)}"
        case DealKind.MULTIBUY_PRICE:
            return f"when you buy {number(rung.buy_quantity)}"
        case DealKind.THRESHOLD:
            return f"when you spend {money(rung.threshold_cents)}"
        case _:
            return ""


def saving(cents: int) -> str:
    """What a tile saves.

    Example:
        >>> saving(107)
        'You save $1.07'
    """
    return f"You save {money(cents)}"


def size_and_price(size_text: str, price_cents: int) -> str:
    """The small line of a tile.

    Example:
        >>> size_and_price("6 ct", 429)
        '6 ct · reg. $4.29'
    """
    price = f"reg. {money(price_cents)}"
    return f"{size_text} · {price}" if size_text else price


def household(household_id: str) -> str:
    """A household whose name is not known."""
    return f"Household {household_id}"


def maker_name(name: str, vendor_id: str) -> str:
    """A product whose source names no brand, told apart by its maker's number.

    Example:
        >>> maker_name("Potato Chips", "544")
        'Potato Chips, brand 544'
    """
    return f"{name}, brand {vendor_id}"


def habit(need_name: str, every_days: int | None, last_on: date | None) -> str:
    """When a household buys a need, in a sentence.

    Example:
        >>> habit("Ground Coffee", 19, date(2017, 11, 11))
        'You buy ground coffee about every 19 days; last on Nov 11.'
        >>> habit("Ground Coffee", None, date(2017, 11, 11))
        'You bought ground coffee on Nov 11.'
    """
    name = _in_a_sentence(need_name)
    if last_on is None:
        return f"You have bought {name} before."
    if every_days is None:
        return f"You bought {name} on {day(last_on)}."
    rhythm = "almost every day" if every_days <= 1 else f"about every {every_days} days"
    return f"You buy {name} {rhythm}; last on {day(last_on)}."


def why(code: ReasonCode, need_name: str, every_days: int | None, last_on: date | None) -> str:
    """Why a line or an offer is there, in a sentence a shopper accepts.

    Example:
        >>> why(ReasonCode.OWN_BRAND_TRIAL, "Peanut Butter", None, None)
        'You buy peanut butter; try our own brand.'
    """
    match code:
        case ReasonCode.OWN_BRAND_TRIAL:
            return f"You buy {_in_a_sentence(need_name)}; try our own brand."
        case ReasonCode.BRAND_TRIAL:
            return f"You buy {_in_a_sentence(need_name)}; here is another one to try."
        case ReasonCode.DISCOVERY | ReasonCode.UNTARGETED:
            return "One of the specials of these two weeks."
        case _:
            return habit(need_name, every_days, last_on)


def _in_a_sentence(name: str) -> str:
    """A name inside a sentence: lower case, but for words that are all capitals."""
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in name.split())
