"""A language of lists: every text that any medium says, in one object."""

from __future__ import annotations

from dataclasses import dataclass, field

from regulars.kernel import ContractError

from ._meals import MealWords
from ._screen import ScreenTexts
from ._settings import PageTexts
from ._spanish import SPANISH_MEALS, SPANISH_PAGE, SPANISH_SCREEN, SPANISH_WORDS
from ._words import ENGLISH_WORDS, Words


@dataclass(frozen=True)
class Language:
    """Every text of one language.

    Args:
        code: BCP 47.
        words: Those of the list document.
        page: Fixed ones of the paper; the screens share them.
        screen: Fixed ones of the phone page and the e-mail.
        meals: Those around dinners.
    """

    code: str
    words: Words = ENGLISH_WORDS
    page: PageTexts = field(default_factory=PageTexts)
    screen: ScreenTexts = field(default_factory=ScreenTexts)
    meals: MealWords = field(default_factory=MealWords)


LANGUAGES = (
    Language("en"),
    Language("es", SPANISH_WORDS, SPANISH_PAGE, SPANISH_SCREEN, SPANISH_MEALS),
)


def language_named(code: str) -> Language:
    """A shipped language.

    Raises:
        ContractError: There is none of that code.

    Example:
        >>> language_named("es").words.saved(107)
        'Ahorra $1.07'
    """
    for one in LANGUAGES:
        if one.code == code:
            return one
    raise ContractError(f"no language {code!r}, expected one of {', '.join(one.code for one in LANGUAGES)}")
