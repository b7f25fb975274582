"""Dinners from what is due: dishes matched with the list, chosen for use, savings and variety, laid over a week.

A dish is proposed only if its first ingredient is on the list, and at least two of its ingredients and half of them
are. One that holds meat, beef, pork or fish is proposed only where something on the list may hold it too: who buys no
pork is not sent for bacon. What of it is on the list is told in the words of the list: where it says margarine, no
dinner claims butter. Among those the one goes first that uses the largest share of itself from the list, with a little
more for what is on special and a little less for every thing to be bought besides. Dishes that share ingredients with
those chosen before count less, and a first ingredient comes a second time only when no other is left. Ties go by a hash
of cycle and recipe, so that the same list does not get the same dinners every time.

A week lays the chosen dinners over its evenings: what is to be cooked soon after buying first, never the same first
ingredient two evenings running.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from regulars.contracts import ListMeal

from ._recipes import Course, Recipe, RecipeBook

MEALS_MAX = 5
WEEK_DINNERS_MAX = 7
_MATCHED_MIN = 2
_SPECIAL_BONUS = 0.08
_MISSING_COST = 0.06
_REPEAT_COST = 0.15
_MAIN_TIMES_MAX = 2
_NOT_OFFERED_UNBOUGHT = frozenset({"meat", "beef", "pork", "fish"})


@dataclass(frozen=True)
class MealWords:
    """How dinners are told; `{}` takes what it speaks of."""

    note: str = "{} min · serves {}"
    uses: str = "On your list: {}."
    also: str = "You also need {}."
    steps: str = "How to make it"
    last: str = " and "
    vegetarian: str = "vegetarian"
    vegan: str = "vegan"
    fish: str = "fish"
    no_gluten: str = "Nothing in it is made of wheat, rye or barley; read the packets if that matters to you."
    day: str = "Day {}"
    breakfast: str = "Breakfast"
    baking: str = "To bake"
    week: str = (
        "{} dinners use {} of your {} items. What keeps least comes first, and no main ingredient comes two "
        "evenings running."
    )
    week_special: str = (
        "{} dinners use {} of your {} items, {} of them on special. What keeps least comes first, and no main "
        "ingredient comes two evenings running."
    )


@dataclass(frozen=True)
class DueNeed:
    """A need on the list, as dinners see it; `name` is the item's, as printed."""

    need_id: str
    category_id: str
    special: bool
    name: str


@dataclass(frozen=True)
class MealPlan:
    """Dinners of a list, in the order of the week or best first, and the sentence that explains the week."""

    meals: tuple[ListMeal, ...] = ()
    week_text: str = ""


@dataclass(frozen=True)
class _AtHand:
    """What a list holds of a book's ingredients: which of its needs each is, and whether one is on special."""

    needs: Mapping[str, tuple[int, ...]]
    special: Mapping[str, bool]
    called: Mapping[str, str]


class _Candidate(NamedTuple):
    """A dish that may be made, the higher its score the better."""

    score: float
    turn: str
    recipe: Recipe


def choose_meals(
    due: Sequence[DueNeed], book: RecipeBook, cycle_number: int, words: MealWords, *, week: bool = True
) -> MealPlan:
    """Dinners for a list.

    Args:
        due: Needs on the list, with whether they are on special.
        book: The recipes.
        cycle_number: Turns ties over from cycle to cycle.
        words: How they are told.
        week: Whether they are laid over the evenings of a week, with a breakfast and something to bake; else the five
            best, best first.
    """
    at_hand = _at_hand(due, book)
    ranked = _ranked(book, at_hand, cycle_number)
    dinners = [one for one in ranked if one.recipe.course is Course.DINNER]
    if not week:
        best = _chosen(dinners, MEALS_MAX, times=1)
        return MealPlan(tuple(_meal(one, rank, "", book, at_hand, words) for rank, one in enumerate(best, 1)))
    best = _chosen(dinners, WEEK_DINNERS_MAX, times=_MAIN_TIMES_MAX)
    evenings = _over_a_week(best, book, at_hand)
    several = len(evenings) > 1
    meals = [
        _meal(one, best.index(one) + 1, words.day.format(day) if several else "", book, at_hand, words)
        for day, one in enumerate(evenings, 1)
    ]
    for course, text in ((Course.BREAKFAST, words.breakfast), (Course.BAKING, words.baking)):
        extra = next((one.recipe for one in ranked if one.recipe.course is course), None)
        if extra is not None:
            meals.append(_meal(extra, len(best) + len(meals) + 1, text, book, at_hand, words))
    return MealPlan(tuple(meals), _week_text(evenings, due, at_hand, words) if several else "")


def _at_hand(due: Sequence[DueNeed], book: RecipeBook) -> _AtHand:
    needs: dict[str, tuple[int, ...]] = {}
    special: dict[str, bool] = {}
    called: dict[str, str] = {}
    for at, need in enumerate(due):
        for name in book.ingredients_of(need.category_id, need.need_id):
            needs[name] = (*needs.get(name, ()), at)
            special[name] = special.get(name, False) or need.special
            called.setdefault(name, need.name.split(",")[0])
    return _AtHand(needs, special, called)


def _ranked(book: RecipeBook, at_hand: _AtHand, cycle_number: int) -> list[_Candidate]:
    """Dishes that may be made, best first."""
    special = at_hand.special
    unbought = _NOT_OFFERED_UNBOUGHT.difference(*(book.holding(name) for name in special))
    found = []
    for main in special:
        for recipe in book.led_by(main):
            whole = len(recipe.uses)
            matched = [special[name] for name in recipe.uses if name in special]
            here = len(matched)
            if here < _MATCHED_MIN or 2 * here < whole:
                continue
            if unbought.isdisjoint(book.holds(recipe) or ()):
                score = here / whole + _SPECIAL_BONUS * sum(matched) - _MISSING_COST * (whole - here)
                found.append(_Candidate(score, _turn(cycle_number, recipe.id), recipe))
    found.sort(key=lambda one: (-one.score, one.turn))
    return found


@lru_cache(maxsize=8_192)
def _turn(cycle_number: int, recipe_id: str) -> str:
    return hashlib.sha256(f"{cycle_number} {recipe_id}".encode()).hexdigest()


def _chosen(ranked: Sequence[_Candidate], count: int, times: int) -> list[Recipe]:
    """The best dishes, each first ingredient as seldom as can be and at most so many times."""
    chosen: list[Recipe] = []
    mains: Counter[str] = Counter()
    used: set[str] = set()
    for again in range(times):
        while len(chosen) < count:
            best = _next([one for one in ranked if mains[one.recipe.uses[0]] == again], used, chosen)
            if best is None:
                break
            chosen.append(best)
            mains[best.uses[0]] += 1
            used.update(best.uses)
    return chosen


def _next(left: Sequence[_Candidate], used: set[str], chosen: Sequence[Recipe]) -> Recipe | None:
    """The best of those left, those that share ingredients with the chosen ones counting less."""
    best: tuple[float, str] | None = None
    found = None
    for one in left:
        if best is not None and -one.score > best[0]:
            break
        uses = one.recipe.uses
        cost = -one.score + _REPEAT_COST * sum(name in used for name in uses) / len(uses)
        if (best is None or (cost, one.turn) < best) and one.recipe not in chosen:
            best, found = (cost, one.turn), one.recipe
    return found


def _over_a_week(best: Sequence[Recipe], book: RecipeBook, at_hand: _AtHand) -> list[Recipe]:
    """Dishes in the order of the evenings; one that could only follow its like is left out."""

    def is_late(recipe: Recipe) -> bool:
        return not any(book.is_early(name) for name in recipe.uses if name in at_hand.needs)

    left = sorted(best, key=is_late)
    evenings: list[Recipe] = []
    while left:
        may = [one for one in left if not evenings or one.uses[0] != evenings[-1].uses[0]]
        if not may:
            break
        mains = Counter(one.uses[0] for one in left)
        crowded = [one for one in may if 2 * mains[one.uses[0]] > len(left)]
        evenings.append((crowded or may)[0])
        left.remove(evenings[-1])
    return evenings


def _week_text(evenings: Sequence[Recipe], due: Sequence[DueNeed], at_hand: _AtHand, words: MealWords) -> str:
    names = {name for recipe in evenings for name in recipe.uses}
    used = {at for name in names for at in at_hand.needs.get(name, ())}
    special = sum(due[at].special for at in used)
    if special:
        return words.week_special.format(len(evenings), len(used), len(due), special)
    return words.week.format(len(evenings), len(used), len(due))


def _meal(
    recipe: Recipe, rank: int, day_text: str, book: RecipeBook, at_hand: _AtHand, words: MealWords
) -> ListMeal:
    called = at_hand.called
    on_list = list(dict.fromkeys(called[name] for name in recipe.uses if name in called))
    missing = [*(name for name in recipe.uses if name not in called), *recipe.pantry]
    holds = book.holds(recipe)
    note = " · ".join((words.note.format(recipe.minutes, recipe.serves), *(recipe.diets or _diets(holds, words))))
    also = [words.also.format(_listed(missing, words))] if missing else []
    if holds is not None and "gluten" not in holds:
        also.append(words.no_gluten)
    return ListMeal(
        recipe_id=recipe.id,
        title=recipe.title,
        note=note,
        uses_text=words.uses.format(_listed(on_list, words)),
        also_text=" ".join(also),
        steps_title=words.steps,
        steps=recipe.steps,
        rank=rank,
        day_text=day_text,
    )


def _diets(holds: frozenset[str] | None, words: MealWords) -> tuple[str, ...]:
    """What a dish may be called for what it holds; nothing where that is not known."""
    if holds is None or "meat" in holds:
        return ()
    if "fish" in holds:
        return (words.fish,)
    return (words.vegetarian,) if holds & {"egg", "milk", "honey"} else (words.vegan,)


def _listed(names: Sequence[str], words: MealWords) -> str:
    return words.last.join(part for part in (", ".join(names[:-1]), names[-1]) if part)
