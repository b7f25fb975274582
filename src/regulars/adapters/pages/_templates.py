"""The templates of the two screens and what they share: colours, marks, symbols."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from regulars.contracts import ListDocument, SpecialKind
from regulars.lists import PageSettings, bars_path, code_bars

_SIGNS = {
    SpecialKind.DUE: "★",
    SpecialKind.USUAL: "●",
    SpecialKind.BOUGHT: "●",
    SpecialKind.SUGGESTION: "◆",
}


@cache
def environment(*, escape: bool = True) -> Environment:
    """Templates of this package; every value is escaped, but for plain text."""
    return Environment(
        loader=FunctionLoader(_source),
        autoescape=escape,  # noqa: S701 - off for plain text alone
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def shipped_mail_template() -> str:
    """The e-mail as it comes, MJML: what a store begins its own with."""
    return _source("email.mjml.jinja")


@cache
def mail_template(text: str) -> Template:
    """A template of the e-mail; it reads the values it is given and nothing else."""
    sandbox = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return sandbox.from_string(text)


def _source(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def shared_values(document: ListDocument, settings: PageSettings) -> dict[str, Any]:
    """What both screens say: the document, the store, its texts and colours, the names of the kinds."""
    words = settings.texts
    kinds = {
        SpecialKind.DUE: words.kind_due,
        SpecialKind.USUAL: words.kind_usual,
        SpecialKind.BOUGHT: words.kind_bought,
        SpecialKind.SUGGESTION: words.kind_suggestion,
    }
    bars = code_bars(document.list_code)
    return {
        "document": document,
        "store": settings,
        "colour": settings.colours,
        "words": words,
        "screen": settings.screen,
        "kinds": kinds,
        "signs": _SIGNS,
        "digits": bars.digits,
        "bars": bars_path(bars.runs),
        "bars_width": 2 * (sum(bars.runs) + 2 * bars.quiet),
        "bars_box": f"{-bars.quiet} 0 {sum(bars.runs) + 2 * bars.quiet} 1",
        "saving": words.saving.format(document.saving_text) if document.saving_cents else "",
        "counted": _counted(document.item_count, words.items_one, words.items_many) or words.items_none,
        "specials_counted": _counted(len(document.specials), words.specials_one, words.specials_many),
    }


def _counted(number: int, one: str, many: str) -> str:
    return "" if not number else one if number == 1 else many.format(number)
