"""Dinners from what is due: what is proposed, in which order, and what a recipe file may say."""

import pytest

from regulars.kernel import ConfigError
from regulars.lists import (
    DueNeed,
    Ingredient,
    MealWords,
    Recipe,
    RecipeBook,
    choose_meals,
    parse_recipes,
    shipped_recipes,
)

WORDS = MealWords()
NAMES = ("beef", "buns", "cheese", "eggs", "rice", "corn")
INGREDIENTS = tuple(Ingredient(name, (f"* / {name.upper()}*",)) for name in NAMES)


def recipe(id_: str, *uses: str, pantry: tuple[str, ...] = ()) -> Recipe:
    return Recipe(id_, id_.title(), 20, 4, uses, ("Cook.",), pantry)


def due(*names: str, special: tuple[str, ...] = ()) -> list[DueNeed]:
    return [DueNeed(name.upper(), "FOOD", name in special, f"Fine {name}, large") for name in names]


def chosen(needs: list[DueNeed], *recipes: Recipe, cycle: int = 1) -> list[str]:
    return [meal.recipe_id for meal in choose_meals(needs, RecipeBook(INGREDIENTS, recipes), cycle, WORDS)]


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
    (meal,) = choose_meals(due("beef", "buns", "corn"), RecipeBook(INGREDIENTS, (burger,)), 1, WORDS)
    assert meal.uses_text == "On your list: Fine beef, Fine buns and Fine corn."
    assert meal.also_text == "You also need cheese and salt."
    assert meal.note == "20 min · serves 4"


def test_an_item_that_stands_for_two_ingredients_is_said_once() -> None:
    dairy = (*INGREDIENTS, Ingredient("butter", ("* / CHEESE",)))
    toast = recipe("toast", "cheese", "butter", "eggs")
    (meal,) = choose_meals(due("cheese"), RecipeBook(dairy, (toast,)), 1, WORDS)
    assert meal.uses_text == "On your list: Fine cheese."


def test_the_shipped_recipes_are_whole() -> None:
    book = parse_recipes(shipped_recipes(), "shipped")
    assert len(book.recipes) == 47
    assert {name for one in book.recipes for name in one.uses} <= {one.name for one in book.ingredients}
    assert all(len(one.uses) >= 3 and one.steps and 10 <= one.minutes <= 180 for one in book.recipes)
    assert sum("vegetarian" in one.diets or "vegan" in one.diets for one in book.recipes) >= 12
    assert book.ingredients_of("BEEF", "LEAN") == {"ground beef"}
    assert book.ingredients_of("CHEESE", "SHREDDED CHEESE") == {"shredded cheese"}
    assert book.ingredients_of("CANDY", "CHOCOLATE") == frozenset()


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
    ],
)
def test_a_wrong_recipe_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_recipes(text, "mine.toml")
