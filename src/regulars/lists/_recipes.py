"""Recipes and what they are made of: files read and checked, and an index that finds dishes by what is at hand.

An ingredient says which classes of goods are it and what it holds (meat, milk, gluten ...). What a dish may be called,
vegetarian or vegan, follows from what its ingredients hold and is never claimed in a recipe.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from regulars.kernel import ConfigError

HOLDS = ("meat", "beef", "pork", "fish", "egg", "milk", "honey", "gluten", "nuts", "alcohol")
"""What an ingredient may hold; poultry is meat, beef and pork are meat too."""


class Course(StrEnum):
    """When a dish is eaten."""

    DINNER = "dinner"
    BREAKFAST = "breakfast"
    BAKING = "baking"


@dataclass(frozen=True)
class Ingredient:
    """What a recipe calls something.

    Args:
        name: As printed in a sentence.
        matches: Classes of goods that are it (``CATEGORY / NEED``, ``*`` for anything); none for a thing of the pantry.
        holds: Of `HOLDS`; None if nobody said.
        early: Whether it is to be cooked within two days of buying.
    """

    name: str
    matches: tuple[str, ...] = ()
    holds: tuple[str, ...] | None = None
    early: bool = False


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
        diets: As printed; where there are none, they follow from what the ingredients hold.
        course: When it is eaten.
    """

    id: str
    title: str
    minutes: int
    serves: int
    uses: tuple[str, ...]
    steps: tuple[str, ...]
    pantry: tuple[str, ...] = ()
    diets: tuple[str, ...] = ()
    course: Course = Course.DINNER


@dataclass(frozen=True)
class RecipeBook:
    """Recipes and the ingredients they name."""

    ingredients: tuple[Ingredient, ...] = ()
    recipes: tuple[Recipe, ...] = ()

    def ingredients_of(self, category_id: str, need_id: str) -> frozenset[str]:
        """Which ingredients a need of a category is."""
        found = self._goods.get((category_id, need_id))
        if found is None:
            goods = f"{category_id} / {need_id}"
            found = self._goods[category_id, need_id] = frozenset(
                one.name for one in self.ingredients if any(fnmatchcase(goods, pattern) for pattern in one.matches)
            )
        return found

    def led_by(self, name: str) -> tuple[Recipe, ...]:
        """Recipes whose main ingredient it is, as they stand in the book."""
        return self._by_main.get(name, ())

    def is_early(self, name: str) -> bool:
        """Whether an ingredient is to be cooked within two days of buying."""
        return name in self._early

    def holding(self, name: str) -> tuple[str, ...]:
        """What an ingredient holds; nothing if nobody said."""
        return self._said.get(name) or ()

    def holds(self, recipe: Recipe) -> frozenset[str] | None:
        """What a dish holds; None if that is not said of everything in it."""
        return self._holds[recipe.id]

    def without(self, left_out: Collection[str]) -> RecipeBook:
        """The book without the dishes that hold any of these, or of which that is not known."""
        if not left_out:
            return self
        kept = (
            recipe
            for recipe in self.recipes
            if (holds := self.holds(recipe)) is not None and holds.isdisjoint(left_out)
        )
        return RecipeBook(self.ingredients, tuple(kept))

    @cached_property
    def _goods(self) -> dict[tuple[str, str], frozenset[str]]:
        return {}

    @cached_property
    def _by_main(self) -> dict[str, tuple[Recipe, ...]]:
        found: dict[str, list[Recipe]] = {}
        for recipe in self.recipes:
            found.setdefault(recipe.uses[0], []).append(recipe)
        return {name: tuple(recipes) for name, recipes in found.items()}

    @cached_property
    def _early(self) -> frozenset[str]:
        return frozenset(one.name for one in self.ingredients if one.early)

    @cached_property
    def _said(self) -> dict[str, tuple[str, ...] | None]:
        return {one.name: one.holds for one in self.ingredients}

    @cached_property
    def _holds(self) -> dict[str, frozenset[str] | None]:
        found: dict[str, frozenset[str] | None] = {}
        for recipe in self.recipes:
            each = [self._said.get(name) for name in (*recipe.uses, *recipe.pantry)]
            whole = [holds for holds in each if holds is not None]
            found[recipe.id] = frozenset().union(*whole) if len(whole) == len(each) else None
        return found


@cache
def shipped_recipes(language: str = "en") -> RecipeBook:
    """The shipped recipes in a language; none in one they are not written in: a dinner is never told in another."""
    folder = resources.files(__package__) / "recipes"
    book = parse_recipes(_text_of(folder), "the shipped recipes")
    if language == "en":
        return book
    told = folder / language
    return (
        told_recipes(book, _text_of(told), f"the shipped recipes in {language!r}")
        if told.is_dir()
        else RecipeBook()
    )


def _text_of(folder: Traversable) -> str:
    files = [one for one in folder.iterdir() if one.name.endswith(".toml")]
    files.sort(key=lambda one: (one.name != "ingredients.toml", one.name))
    return "\n".join(one.read_text(encoding="utf-8") for one in files)


def told_recipes(book: RecipeBook, text: str, source: str) -> RecipeBook:
    """A book in another language: the same dishes of the same ingredients, in other words.

    Args:
        book: The recipes.
        text: TOML: an ingredient's name and what it is called, then one table a recipe with ``title`` and ``steps``.
        source: Its name, for messages.

    Raises:
        ConfigError: Something of the book is not told, something told is not in it, or a recipe has other steps than
            the book's, by number.
    """
    values = tomllib.loads(text)
    dishes = {name: value for name, value in values.items() if isinstance(value, dict)}
    names = {name: value for name, value in values.items() if name not in dishes}
    faults = [f"{one!r} is not told" for one in sorted({item.name for item in book.ingredients} - names.keys())]
    faults += [
        f"{one!r} is no ingredient" for one in sorted(names.keys() - {item.name for item in book.ingredients})
    ]
    faults += [f"recipe {one!r} is not told" for one in sorted({dish.id for dish in book.recipes} - dishes.keys())]
    faults += [f"{one!r} is no recipe" for one in sorted(dishes.keys() - {dish.id for dish in book.recipes})]
    faults += _twice("the ingredient called", list(names.values()))
    faults += [
        f"recipe {dish.id!r} has not a title and {len(dish.steps)} steps"
        for dish in book.recipes
        if (told := dishes.get(dish.id)) is not None
        and (told.keys() != {"title", "steps"} or len(told["steps"]) != len(dish.steps))
    ]
    if faults:
        raise ConfigError(f"{source}: {'; '.join(faults)}")
    return RecipeBook(
        tuple(replace(one, name=names[one.name]) for one in book.ingredients),
        tuple(
            replace(
                one,
                title=dishes[one.id]["title"],
                steps=tuple(dishes[one.id]["steps"]),
                uses=tuple(names[name] for name in one.uses),
                pantry=tuple(names[name] for name in one.pantry),
            )
            for one in book.recipes
        ),
    )


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
        recipes = tuple(
            _frozen(Recipe, {**entry, "course": Course(entry.get("course", Course.DINNER))})
            for entry in values.get("recipe", [])
        )
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{source} is no recipe file: {error}", hint="compare it with the shipped ones"
        ) from error
    faults = [
        f"ingredient {one.name!r} holds {held!r}, which is none of {', '.join(HOLDS)}"
        for one in ingredients
        for held in one.holds or ()
        if held not in HOLDS
    ]
    goods = {one.name for one in ingredients if one.matches}
    faults += [
        f"recipe {recipe.id!r} uses {name!r}, which is no ingredient that matches goods"
        for recipe in recipes
        for name in recipe.uses
        if name not in goods
    ]
    faults += [f"recipe {recipe.id!r} uses nothing" for recipe in recipes if not recipe.uses]
    faults += _twice("recipe", [recipe.id for recipe in recipes])
    faults += _twice("ingredient", [one.name for one in ingredients])
    if faults:
        raise ConfigError(f"{source}: {'; '.join(faults)}")
    return RecipeBook(ingredients, recipes)


def _twice(what: str, names: list[str]) -> list[str]:
    return [f"{what} {one!r} is there twice" for one in sorted({one for one in names if names.count(one) > 1})]


def _frozen(kind: type[Any], entry: Mapping[str, Any]) -> Any:
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()})
