"""Every text of the back office stands in both languages, with the same places for values, and is used."""

import re
from importlib import resources
from pathlib import Path

import pytest

from regulars.adapters.pages.office import OFFICE_LANGUAGES, office_texts

PLACES = re.compile(r"{(\w+)[^}]*}")
SOURCES = Path(str(resources.files("regulars")))
TEMPLATES = [*sorted((SOURCES / "adapters/pages/office/templates").iterdir())]
CODE = [*sorted((SOURCES / "api/office").glob("*.py"))]
CALLS = re.compile(r"""\b(tn?)\(["']([a-z_]+\.[a-z0-9_]*)["']\s*(~?)""")
KEYS_IN_CODE = re.compile(r'"([a-z_]+\.[a-z0-9_]+)"')


def test_both_languages_have_the_same_keys_and_places() -> None:
    first, *others = (office_texts(language) for language in OFFICE_LANGUAGES)
    for other in others:
        assert set(other) == set(first)
        for key, text in first.items():
            assert set(PLACES.findall(other[key])) == set(PLACES.findall(text)), key
            assert bool(other[key].strip()), key


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_key_of_a_template_exists(path: Path) -> None:
    texts = office_texts("en")
    for call, key, joined in CALLS.findall(path.read_text(encoding="utf-8")):
        if joined:
            assert any(one.startswith(key) for one in texts), key
        elif call == "tn":
            assert {f"{key}_one", f"{key}_many"} <= set(texts), key
        else:
            assert key in texts, key


def test_no_text_is_unused() -> None:
    whole, starts = set(), set()
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        whole |= set(KEYS_IN_CODE.findall(text))
        for call, key, joined in CALLS.findall(text):
            (starts if joined else whole).add(key)
            if call == "tn":
                whole |= {f"{key}_one", f"{key}_many"}
    for path in CODE:
        whole |= set(KEYS_IN_CODE.findall(path.read_text(encoding="utf-8")))
        starts |= set(re.findall(r'f"([a-z_]+\.[a-z0-9_]+){', path.read_text(encoding="utf-8")))
    unused = [key for key in office_texts("en") if key not in whole and not key.startswith(tuple(starts))]
    assert unused == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_speaks_a_language_itself_or_needs_inline_script(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert (
        re.findall(r"<style|<script(?! src=)|\sstyle=|\son[a-z]+=[\"\']|href=\"javascript:|https?://", text) == []
    )
