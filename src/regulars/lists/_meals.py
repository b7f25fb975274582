"""Dinners from what is due: recipes read from a file, matched with the list, chosen for use and variety.

A dish is proposed only if its first ingredient is on the list, and at least two of its ingredients and half of them
are. What of it is on the list is told in the words of the list: where it says margarine, no dinner claims butter.
Among those the one goes first that uses the largest share of itself from the list, with a little more for what is on
special and a little less for every thing to be bought besides. Each further dish must have another first ingredient,
and dishes of the same kind of meat count less. Ties go by a hash of cycle and recipe, so that the same list does not
get the same dinners every time.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Any

from regulars.contracts import ListMeal
from regulars.kernel import ConfigError

MEALS_MAX = 5
_MATCHED_MIN = 2
_SPECIAL_BONUS = 0.08
_MISSING_COST = 0.06
_REPEAT_COST = 0.15


@dataclass(frozen=True)
class Ingredient:
    """What a recipe calls something, and the classes of goods that are it (``CATEGORY / NEED``, ``*`` for anything)."""

    name: str
    matches: tuple[str, ...]


@dataclass(frozen=True)
class Recipe:
    """One dish.

    Args:
        id: Its name in the file.
        title: As printed.
        minutes: From cupboard to table.
        serves: How many it feeds.
        uses: Ingredients by name, the main one first.
        pantry: What most kitchens have.
        steps: How it is made.
        diets: As printed: vegetarian, vegan, fish.
    """

    id: str
    title: str
    minutes: int
    serves: int
    uses: tuple[str, ...]
    steps: tuple[str, ...]
    pantry: tuple[str, ...] = ()
    diets: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecipeBook:
    """Recipes and the ingredients they name."""

    ingredients: tuple[Ingredient, ...] = ()
    recipes: tuple[Recipe, ...] = ()

    def ingredients_of(self, category_id: str, need_id: str) -> frozenset[str]:
        """Which ingredients a need of a category is."""
        return _ingredients_of(self, category_id, need_id)


@dataclass(frozen=True)
class MealWords:
    """How a dinner is told; `{}` takes what it speaks of."""

    note: str = "{} min · serves {}"
    uses: str = "On your list: {}."
    also: str = "You also need {}."
    steps: str = "How to make it"
    last: str = " and "


@dataclass(frozen=True)
class DueNeed:
    """A need on the list, as dinners see it; `name` is the item's, as printed."""

    need_id: str
    category_id: str
    special: bool
    name: str


@cache
def _ingredients_of(book: RecipeBook, category_id: str, need_id: str) -> frozenset[str]:
    goods = f"{category_id} / {need_id}"
    return frozenset(
        one.name for one in book.ingredients if any(fnmatchcase(goods, pattern) for pattern in one.matches)
    )


def choose_meals(
    due: Sequence[DueNeed], book: RecipeBook, cycle_number: int, words: MealWords, count: int = MEALS_MAX
) -> tuple[ListMeal, ...]:
    """Dinners for a list, best first.

    Args:
        due: Needs on the list, with whether they are on special.
        book: The recipes.
        cycle_number: Turns ties over from cycle to cycle.
        words: How they are told.
        count: Most of them.
    """
    have: dict[str, bool] = {}
    called: dict[str, str] = {}
    for need in due:
        for name in book.ingredients_of(need.category_id, need.need_id):
            have[name] = have.get(name, False) or need.special
            called.setdefault(name, need.name.split(",")[0])
    ranked = sorted(
        ((-_score(recipe, have), _turn(cycle_number, recipe.id), recipe) for recipe in book.recipes
         if _may_be_made(recipe, have)),
        key=lambda entry: entry[:2],
    )  # fmt: skip
    chosen: list[Recipe] = []
    left = [(-score, turn, recipe) for score, turn, recipe in ranked]
    while left and len(chosen) < count:
        mains = {recipe.uses[0] for recipe in chosen}
        used = {name for recipe in chosen for name in recipe.uses}
        left = [entry for entry in left if entry[2].uses[0] not in mains]
        if not left:
            break
        best = min(left, key=lambda entry: (-entry[0] + _REPEAT_COST * _shared(entry[2], used), entry[1]))
        chosen.append(best[2])
        left.remove(best)
    return tuple(_meal(recipe, called, words) for recipe in chosen)


def _may_be_made(recipe: Recipe, have: Mapping[str, bool]) -> bool:
    matched = sum(name in have for name in recipe.uses)
    return recipe.uses[0] in have and matched >= max(_MATCHED_MIN, len(recipe.uses) / 2)


def _score(recipe: Recipe, have: Mapping[str, bool]) -> float:
    matched = [name for name in recipe.uses if name in have]
    share = len(matched) / len(recipe.uses)
    missing = len(recipe.uses) - len(matched)
    return share + _SPECIAL_BONUS * sum(have[name] for name in matched) - _MISSING_COST * missing


def _shared(recipe: Recipe, used: set[str]) -> float:
    return sum(name in used for name in recipe.uses) / len(recipe.uses)


def _turn(cycle_number: int, recipe_id: str) -> str:
    return hashlib.sha256(f"{cycle_number} {recipe_id}".encode()).hexdigest()


def _meal(recipe: Recipe, called: Mapping[str, str], words: MealWords) -> ListMeal:
    on_list = list(dict.fromkeys(called[name] for name in recipe.uses if name in called))
    also = [*(name for name in recipe.uses if name not in called), *recipe.pantry]
    note = " · ".join((words.note.format(recipe.minutes, recipe.serves), *recipe.diets))
    return ListMeal(
        recipe_id=recipe.id,
        title=recipe.title,
        note=note,
        uses_text=words.uses.format(_listed(on_list, words)),
        also_text=words.also.format(_listed(also, words)) if also else "",
        steps_title=words.steps,
        steps=recipe.steps,
    )


def _listed(names: Sequence[str], words: MealWords) -> str:
    return words.last.join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def shipped_recipes(language: str = "en") -> str:
    """The text of the shipped recipe file; empty for a language that has none: a dinner is never told in another."""
    if language != "en":
        return ""
    return resources.files(__package__).joinpath("recipes.toml").read_text(encoding="utf-8")


def parse_recipes(text: str, source: str) -> RecipeBook:
    """Read a recipe file.

    Args:
        text: TOML with ``[[ingredient]]`` and ``[[recipe]]`` tables.
        source: Its name, for messages.

    Raises:
        ConfigError: It is no TOML, a key is unknown or missing, or a recipe names an ingredient that is not there.
    """
    try:
        values = tomllib.loads(text)
        ingredients = tuple(_frozen(Ingredient, entry) for entry in values.get("ingredient", []))
        recipes = tuple(_frozen(Recipe, entry) for entry in values.get("recipe", []))
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise ConfigError(
            f"{source} is no recipe file: {error}", hint="compare it with the shipped one"
        ) from error
    names = {one.name for one in ingredients}
    faults = [
        f"recipe {recipe.id!r} uses {name!r}, which is no ingredient"
        for recipe in recipes
        for name in recipe.uses
        if name not in names
    ]
    faults += [f"recipe {recipe.id!r} uses nothing" for recipe in recipes if not recipe.uses]
    ids = [recipe.id for recipe in recipes]
    faults += [f"recipe {one!r} is there twice" for one in sorted({one for one in ids if ids.count(one) > 1})]
    if faults:
        raise ConfigError(f"{source}: {'; '.join(faults)}")
    return RecipeBook(ingredients, recipes)


def _frozen(kind: type[Any], entry: Mapping[str, Any]) -> Any:
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()})
