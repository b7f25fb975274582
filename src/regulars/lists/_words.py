"""Every text a list document says, in one language; money, numbers and days as its locale writes them.

`{name}` takes what a text speaks of. A need's name is whatever its store calls it, candy bar or bananas, so a text
speaks of it before a colon, or behind one, and asks for no article and no plural. English is the default of every
field; another language is one object of the same class with every field given (`_spanish`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_percent, get_currency_precision, get_decimal_symbol, is_currency

from regulars.contracts import DealKind, Ladder, ReasonCode
from regulars.kernel import ContractError

_MINOR_DIGITS = 2
_ASSUMED = "assumed, not measured"
_COMPOSED_OWN = "Store brand "
_DECIMALS = re.compile(r"(?<=\d)\.(?=\d)")


@dataclass(frozen=True)
class Words:
    """Texts of list documents.

    Args:
        locale: How numbers and days are written, ``en_US``.
        currency: ISO 4217 code; one with two minor digits.
        day_pattern: A day without its year (Unicode date pattern).
        weekday_pattern: The same with its weekday.
        small_coin: Sign behind amounts below one unit, where the currency is written so; empty for none.
        numbers: Small numbers in words, from zero.

    Raises:
        ContractError: There is no such locale, or no such currency of two minor digits.
    """

    locale: str = "en_US"
    currency: str = "USD"
    day_pattern: str = "MMM d"
    weekday_pattern: str = "EEE MMM d"
    small_coin: str = "¢"
    numbers: tuple[str, ...] = (
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    )  # fmt: skip
    legal: str = "Prices may change. Each special once per household, while supplies last."
    answer: str = "Not your list, or don’t want one? See {website}/privacy or ask at the desk."
    synthetic: str = "Demonstration: real purchases, made-up store and specials ({label})."
    assumed: str = "assumed, not measured"
    closed: str = "Closed on {days}."
    valid: str = "Specials good {begins} – {ends}, {year}"
    begins_in_another_year: str = "{day}, {year}"
    off: str = "off"
    each: str = "each"
    half: str = "½ off"
    part_of_second: str = "{percent} off"
    second: str = "second one"
    multibuy: str = "Buy {pay}"
    multibuy_note: str = "get {free} free"
    for_many: str = "for {count}"
    off_basket: str = "off {spend}"
    when_two: str = "when you buy two"
    when_taking: str = "when you take {count}"
    when_buying: str = "when you buy {count}"
    when_spending: str = "when you spend {spend}"
    saving: str = "You save {money}"
    regular: str = "reg. {money}"
    household: str = "Household {household}"
    maker: str = "{name}, brand {vendor}"
    own_brand: str = "Store brand {name}"
    bought_before: str = "{need}: you have bought this before."
    bought_on: str = "{need}: you last bought this on {day}."
    bought_daily: str = "{need}: you buy this almost every day; last on {day}."
    bought_every: str = "{need}: you buy this about every {days} days; last on {day}."
    lapsed_daily: str = "{need}: you used to buy this almost every day, but not since {day}."
    lapsed_every: str = "{need}: you used to buy this every {days} days, but not since {day}."
    own_brand_trial: str = "{need}: try our own brand."
    brand_trial: str = "{need}: here is another one to try."
    also_bought: str = "Often bought by the same shoppers: {known} and {need}."
    ideas_title: str = "You may like"
    privilege_title: str = "For you"
    tip_title: str = "Good to know"
    of_these_weeks: str = "One of the specials of these two weeks."

    def __post_init__(self) -> None:
        try:
            Locale.parse(self.locale)
        except (UnknownLocaleError, ValueError) as error:
            raise ContractError(f"locale {self.locale!r} is not known, expected one like en_US") from error
        if not is_currency(self.currency) or get_currency_precision(self.currency) != _MINOR_DIGITS:
            raise ContractError(f"currency {self.currency!r} is no ISO 4217 code of two minor digits, like USD")

    def goods_name(self, name: str, *, composed: bool) -> str:
        """A product's name as printed: one that was composed says in the list's language that it is the store's own.

        Example:
            >>> Words(own_brand="{name}, marca propia").goods_name("Store brand Sugar", composed=True)
            'Sugar, marca propia'
        """
        own = name.removeprefix(_COMPOSED_OWN)
        return self.own_brand.format(name=own) if composed and own != name else name

    def size(self, text: str) -> str:
        """A size with its decimals as the locale writes them.

        Example:
            >>> Words(locale="es_ES").size("24 x 16.9 oz")
            '24 x 16,9 oz'
        """
        return _DECIMALS.sub(get_decimal_symbol(self.locale), text)

    def label(self, label: str) -> str:
        """The mark of assumed figures in the list's language; a mark of the store's own as it stands."""
        return self.assumed if label == _ASSUMED else label

    def money(self, cents: int) -> str:
        r"""An amount.

        Example:
            >>> Words().money(4722), Words().money(123456)
            ('$47.22', '$1,234.56')
            >>> Words(locale="es_ES", currency="EUR").money(4722)
            '47,22\xa0€'
        """
        return _money(cents, self.currency, self.locale)

    def short_money(self, cents: int) -> str:
        """The same for a call-out: cents alone below a dollar.

        Example:
            >>> Words().short_money(75), Words().short_money(100)
            ('75¢', '$1.00')
        """
        small = cents < 100 and self.small_coin and self.currency == "USD"
        return f"{cents}{self.small_coin}" if small else self.money(cents)

    def shelf_price(self, cents: int | None) -> str:
        """A price beside an item; empty when none is known.

        Example:
            >>> Words().shelf_price(499), Words().shelf_price(None)
            ('$4.99', '')
        """
        return "" if cents is None else self.money(cents)

    def percent(self, percent: int) -> str:
        r"""A share.

        Example:
            >>> Words().percent(25), Words(locale="es_ES").percent(25)
            ('25%', '25\xa0%')
        """
        return _percent(percent, self.locale)

    def day(self, on: date) -> str:
        """A day without its year.

        Example:
            >>> Words().day(date(2017, 11, 11))
            'Nov 11'
        """
        return _day(on, self.day_pattern, self.locale)

    def weekday(self, on: date) -> str:
        """A day with its weekday.

        Example:
            >>> Words().weekday(date(2017, 12, 25))
            'Mon Dec 25'
        """
        return _day(on, self.weekday_pattern, self.locale)

    def validity(self, from_on: date, last_on: date) -> str:
        """When the specials hold.

        Example:
            >>> Words().validity(date(2017, 11, 27), date(2017, 12, 10))
            'Specials good Mon Nov 27 – Sun Dec 10, 2017'
        """
        begins = _day(from_on, self.weekday_pattern, self.locale)
        if from_on.year != last_on.year:
            begins = self.begins_in_another_year.format(day=begins, year=from_on.year)
        ends = _day(last_on, self.weekday_pattern, self.locale)
        return self.valid.format(begins=begins, ends=ends, year=last_on.year)

    def number(self, count: int) -> str:
        """A small number in words.

        Example:
            >>> Words().number(3), Words().number(24)
            ('three', '24')
        """
        return self.numbers[count] if count < len(self.numbers) else str(count)

    def headline(self, kind: DealKind, rung: Ladder) -> tuple[str, str]:
        """The call-out of a tile and the words under it.

        Example:
            >>> Words().headline(DealKind.SECOND_AT_HALF, Ladder(percent=50))
            ('½ off', 'second one')
            >>> Words().headline(DealKind.MULTIBUY_PRICE, Ladder(buy_quantity=2, price_cents=750))
            ('$7.50', 'for two')
        """
        match kind:
            case DealKind.AMOUNT_OFF:
                return self.short_money(rung.amount_cents), self.off
            case DealKind.PERCENT_OFF:
                return self.percent(rung.percent), self.off
            case DealKind.FIXED_PRICE:
                return self.short_money(rung.price_cents), self.each
            case DealKind.SECOND_AT_HALF:
                percent = rung.percent or 50
                part = self.part_of_second.format(percent=self.percent(percent))
                return (self.half if percent == 50 else part), self.second
            case DealKind.MULTIBUY:
                free = self.number(rung.buy_quantity - rung.pay_quantity)
                counts = {"pay": rung.pay_quantity, "take": rung.buy_quantity, "free": free}
                return self.multibuy.format(**counts), self.multibuy_note.format(**counts)
            case DealKind.MULTIBUY_PRICE:
                return self.short_money(rung.price_cents), self.for_many.format(
                    count=self.number(rung.buy_quantity)
                )
            case DealKind.THRESHOLD:
                spend = self.money(rung.threshold_cents)
                return self.short_money(rung.amount_cents), self.off_basket.format(spend=spend)

    def conditions(self, kind: DealKind, rung: Ladder) -> str:
        """What a shopper has to do for it; empty when buying one is enough.

        Example:
            >>> Words().conditions(DealKind.MULTIBUY, Ladder(buy_quantity=3, pay_quantity=2))
            'when you take three'
        """
        match kind:
            case DealKind.SECOND_AT_HALF:
                return self.when_two
            case DealKind.MULTIBUY:
                return self.when_taking.format(count=self.number(rung.buy_quantity))
            case DealKind.MULTIBUY_PRICE:
                return self.when_buying.format(count=self.number(rung.buy_quantity))
            case DealKind.THRESHOLD:
                return self.when_spending.format(spend=self.money(rung.threshold_cents))
            case _:
                return ""

    def saved(self, cents: int) -> str:
        """What a tile saves.

        Example:
            >>> Words().saved(107)
            'You save $1.07'
        """
        return self.saving.format(money=self.money(cents))

    def size_and_price(self, size_text: str, price_cents: int) -> str:
        """The small line of a tile.

        Example:
            >>> Words().size_and_price("6 ct", 429)
            '6 ct · reg. $4.29'
        """
        price = self.regular.format(money=self.money(price_cents))
        return f"{size_text} · {price}" if size_text else price

    def maker_name(self, name: str, vendor_id: str) -> str:
        """A product whose source names no brand, told apart by its maker's number.

        Example:
            >>> Words().maker_name("Potato Chips", "544")
            'Potato Chips, brand 544'
        """
        return self.maker.format(name=name, vendor=vendor_id)

    def habit(self, need_name: str, every_days: int | None, last_on: date | None, *, lapsed: bool = False) -> str:
        """When a household buys a need, in a sentence.

        Example:
            >>> Words().habit("Ground Coffee", 19, date(2017, 11, 11))
            'Ground coffee: you buy this about every 19 days; last on Nov 11.'
            >>> Words().habit("Ground Coffee", 19, date(2017, 9, 11), lapsed=True)
            'Ground coffee: you used to buy this every 19 days, but not since Sep 11.'
            >>> Words().habit("Ground Coffee", None, date(2017, 11, 11))
            'Ground coffee: you last bought this on Nov 11.'
        """
        need = _begun(need_name)
        if last_on is None:
            return self.bought_before.format(need=need)
        if every_days is None:
            return self.bought_on.format(need=need, day=self.day(last_on))
        daily, every = (self.lapsed_daily, self.lapsed_every) if lapsed else (self.bought_daily, self.bought_every)
        told = daily if every_days <= 1 else every
        return told.format(need=need, days=every_days, day=self.day(last_on))

    def bought_too(self, known_name: str, need_name: str) -> str:
        """Why a need a household does not know may be liked.

        Example:
            >>> Words().bought_too("Tortilla Chips", "Salsa Dips")
            'Often bought by the same shoppers: tortilla chips and salsa dips.'
        """
        return self.also_bought.format(known=_in_a_sentence(known_name), need=_in_a_sentence(need_name))

    def why(
        self,
        code: ReasonCode,
        need_name: str,
        every_days: int | None,
        last_on: date | None,
        *,
        lapsed: bool = False,
    ) -> str:
        """Why a line or an offer is there, in a sentence a shopper accepts.

        Args:
            code: The reason.
            need_name: As a person writes it.
            every_days: The usual gap; None where there is none to speak of.
            last_on: Day it was bought last; None where it is not known.
            lapsed: Whether that is longer ago than the gap allows.

        Example:
            >>> Words().why(ReasonCode.OWN_BRAND_TRIAL, "Peanut Butter", None, None)
            'Peanut butter: try our own brand.'
        """
        match code:
            case ReasonCode.OWN_BRAND_TRIAL:
                return self.own_brand_trial.format(need=_begun(need_name))
            case ReasonCode.BRAND_TRIAL:
                return self.brand_trial.format(need=_begun(need_name))
            case ReasonCode.DISCOVERY | ReasonCode.UNTARGETED:
                return self.of_these_weeks
            case _:
                return self.habit(need_name, every_days, last_on, lapsed=lapsed)


ENGLISH_WORDS = Words()
_CAPITAL_ALWAYS = {
    "American", "Asian", "Belgian", "Canadian", "Caribbean", "Chinese", "Colombian", "Danish", "Dutch",
    "English", "French", "German", "Greek", "Hawaiian", "Hispanic", "Idaho", "Indian", "Irish", "Italian",
    "Jamaican", "Japanese", "Mediterranean", "Mexican", "Polish", "Russian", "Spanish", "Swiss", "Texas",
    "Thai", "Turkish", "Vienna",
}  # fmt: skip


def _in_a_sentence(name: str) -> str:
    """A name inside a sentence: lower case, but for words that are all capitals and those of peoples and places.

    Example:
        >>> _in_a_sentence("American Cheese Singles"), _in_a_sentence("BBQ Sauce")
        ('American cheese singles', 'BBQ sauce')
    """
    return " ".join(
        word if word in _CAPITAL_ALWAYS or (word.isupper() and len(word) > 1) else word.lower()
        for word in name.split()
    )


def _begun(name: str) -> str:
    """A name that begins a sentence.

    Example:
        >>> _begun("Candy Bar"), _begun("BBQ Sauce")
        ('Candy bar', 'BBQ sauce')
    """
    text = _in_a_sentence(name)
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=65_536)
def _money(cents: int, currency: str, locale: str) -> str:
    return str(format_currency(Decimal(cents) / 100, currency, locale=locale))


@lru_cache(maxsize=256)
def _percent(percent: int, locale: str) -> str:
    return str(format_percent(Decimal(percent) / 100, locale=locale))


@lru_cache(maxsize=4_096)
def _day(on: date, pattern: str, locale: str) -> str:
    return str(format_date(on, pattern, locale=locale))
