from ._codes import bars_path, code_bars, grid_path, module_points
from ._documents import (
    IdeaFacts,
    LineFacts,
    ListAddress,
    ListHead,
    SpecialFacts,
    build_document,
    build_special,
)
from ._habits import habit_sentence, habit_state
from ._language import LANGUAGES, Language, language_named
from ._meals import DueNeed, MealPlan, MealWords, choose_meals
from ._metrics import Face, Fitted, TextMeasure
from ._page import PAGE_FRAME, Page, build_page
from ._recipes import HOLDS, Course, Ingredient, Recipe, RecipeBook, parse_recipes, shipped_recipes, told_recipes
from ._rewards import Tip, choose_rewards, shipped_tips
from ._screen import ScreenTexts
from ._settings import GREY, READABLE, Logo, PageColours, PageSettings, PageTexts, Paper, contrast
from ._specials import lone_tile
from ._validity import list_period
from ._words import ENGLISH_WORDS, Words

__all__ = [
    "ENGLISH_WORDS",
    "GREY",
    "HOLDS",
    "LANGUAGES",
    "PAGE_FRAME",
    "READABLE",
    "Course",
    "DueNeed",
    "Face",
    "Fitted",
    "IdeaFacts",
    "Ingredient",
    "Language",
    "LineFacts",
    "ListAddress",
    "ListHead",
    "Logo",
    "MealPlan",
    "MealWords",
    "Page",
    "PageColours",
    "PageSettings",
    "PageTexts",
    "Paper",
    "Recipe",
    "RecipeBook",
    "ScreenTexts",
    "SpecialFacts",
    "TextMeasure",
    "Tip",
    "Words",
    "bars_path",
    "build_document",
    "build_page",
    "build_special",
    "choose_meals",
    "choose_rewards",
    "code_bars",
    "contrast",
    "grid_path",
    "habit_sentence",
    "habit_state",
    "language_named",
    "list_period",
    "lone_tile",
    "module_points",
    "parse_recipes",
    "shipped_recipes",
    "shipped_tips",
    "told_recipes",
]
