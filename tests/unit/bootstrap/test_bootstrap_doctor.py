"""What doctor says of a store's classes of goods."""

import pytest

from regulars.bootstrap._doctor import judge_classes
from regulars.flows import GoodsClass
from regulars.kernel import ConfigError


def goods(number: int, tier: str = "", suspicious_word: str = "") -> GoodsClass:
    return GoodsClass("GROCERY", f"C{number}", None, tier, "", suspicious_word)


def test_a_suspicious_class_is_named_with_its_word_and_what_to_do() -> None:
    with pytest.raises(ConfigError, match=r"1 of 2 classes hold .*first GROCERY / C2 \(beer\)") as caught:
        judge_classes([goods(1), goods(2, suspicious_word="BEER")])
    assert "regulars data classes --open" in caught.value.hint


def test_many_classes_without_a_tier_that_stores_have_are_worth_a_look() -> None:
    known = [goods(1, "alcohol"), goods(2, "tobacco")]
    assert judge_classes([*known, *(goods(n) for n in range(3, 201))]) == "200, 2 of them sensitive"
    many = [*known, *(goods(n) for n in range(3, 202))]
    assert judge_classes(many) == "201, none of them medicine: look through `regulars data classes --open`"
    assert judge_classes([*many, goods(0, "medicine")]) == "202, 3 of them sensitive"
