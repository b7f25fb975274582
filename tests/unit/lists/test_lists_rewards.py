"""What a list gives beside prices: the shipped tips, and which one a list gets."""

from dataclasses import replace

import pytest

from regulars.contracts import ListReward, RewardKind
from regulars.lists import ENGLISH_WORDS, LANGUAGES, DueNeed, Tip, choose_rewards, shipped_recipes, shipped_tips

BANANAS = DueNeed("BANANAS", "TROPICAL FRUIT", special=False, name="Bananas")
ONIONS = DueNeed("ONIONS YELLOW (BULK&BAG)", "ONIONS", special=False, name="Yellow Onions")
TIPS = (Tip("bananas", "Peel them."), Tip("onions", "Chill them."), Tip("salmon", "Dry it."))


def tip_of(due: list[DueNeed], cycle_number: int) -> str:
    found = choose_rewards(due, (), TIPS, cycle_number, ENGLISH_WORDS)
    return found[0].text if found else ""


def test_a_list_gets_a_tip_about_something_on_it_and_another_one_in_time() -> None:
    assert {tip_of([BANANAS], cycle) for cycle in range(1, 9)} == {"Peel them."}
    assert {tip_of([BANANAS, ONIONS], cycle) for cycle in range(1, 9)} == {"Peel them.", "Chill them."}
    assert tip_of([BANANAS, ONIONS], 5) == tip_of([ONIONS, BANANAS], 5)
    assert tip_of([replace(BANANAS, need_id="PENCILS", category_id="OFFICE")], 1) == ""


def test_privileges_come_first() -> None:
    found = choose_rewards([BANANAS], ["Register 1 is yours."], TIPS, 1, ENGLISH_WORDS)
    assert found == (
        ListReward(RewardKind.PRIVILEGE, "For you", "Register 1 is yours."),
        ListReward(RewardKind.TIP, "Good to know", "Peel them."),
    )


@pytest.mark.parametrize("code", [language.code for language in LANGUAGES])
def test_every_shipped_tip_is_about_a_shipped_ingredient_and_short(code: str) -> None:
    tips = shipped_tips(code)
    known = {one.name for one in shipped_recipes().ingredients if one.matches}
    assert len(tips) == len({tip.about for tip in tips}) >= 40
    assert {tip.about for tip in tips} <= known
    assert all(20 <= len(tip.text) <= 110 and tip.text.endswith(".") for tip in tips)


def test_no_tip_is_told_in_a_language_that_has_none() -> None:
    assert shipped_tips("fr") == ()
