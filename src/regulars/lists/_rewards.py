"""What a list gives beside prices: privileges of the household's tier, and a tip about something that is due.

Of the tips about goods on the list, one is taken by a hash of cycle and goods, so that the next list brings another.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from regulars.contracts import ListReward, RewardKind

from ._meals import DueNeed
from ._recipes import shipped_recipes
from ._words import Words


@dataclass(frozen=True)
class Tip:
    """A sentence about an ingredient of the shipped recipes."""

    about: str
    text: str


@cache
def shipped_tips(language: str = "en") -> tuple[Tip, ...]:
    """The shipped tips; none in a language that has none."""
    text = resources.files(__package__).joinpath("tips.toml").read_text(encoding="utf-8")
    return tuple(Tip(one["about"], one[language]) for one in tomllib.loads(text)["tip"] if language in one)


def choose_rewards(
    due: Sequence[DueNeed], privileges: Sequence[str], tips: Sequence[Tip], cycle_number: int, words: Words
) -> tuple[ListReward, ...]:
    """What a list gives beside prices.

    Args:
        due: Needs on the list.
        privileges: Of the household's tier, as printed.
        tips: Those there are.
        cycle_number: Turns the tips over from cycle to cycle.
        words: Say the titles.
    """
    rewards = [ListReward(RewardKind.PRIVILEGE, words.privilege_title, text) for text in privileges]
    book = shipped_recipes()
    at_hand = {name for need in due for name in book.ingredients_of(need.category_id, need.need_id)}
    fitting = [tip for tip in tips if tip.about in at_hand]
    if fitting:
        tip = min(fitting, key=lambda tip: _turn(cycle_number, tip.about))
        rewards.append(ListReward(RewardKind.TIP, words.tip_title, tip.text))
    return tuple(rewards)


@cache
def _turn(cycle_number: int, about: str) -> bytes:
    return hashlib.sha256(f"tip {cycle_number} {about}".encode()).digest()
