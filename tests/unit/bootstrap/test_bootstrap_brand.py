"""The brand kit: what is read from settings, what is refused, and what a missing logo leads to."""

from pathlib import Path

import pytest

from regulars.bootstrap._brand import page_settings
from regulars.bootstrap._settings import Settings
from regulars.kernel import ConfigError

SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"


def settings(**brand: object) -> Settings:
    return Settings(brand=brand)


def test_colours_texts_and_logo_reach_the_page(tmp_path: Path) -> None:
    (tmp_path / "mark.svg").write_text(SVG)
    texts = {"saving": "Up to {} off", "write_in": ["A", "B", "C"]}
    page, findings = page_settings(settings(logo="mark.svg", colours={"brand": "#102a6b"}, texts=texts), tmp_path)
    assert (page.colours.brand, page.texts.saving, page.texts.write_in) == (
        "#102a6b",
        "Up to {} off",
        ("A", "B", "C"),
    )
    assert page.logo is not None
    assert page.logo.format == "svg"
    assert findings == ()


@pytest.mark.parametrize(
    ("colours", "usual"),
    [({}, "#1b5a3a"), ({"brand": "#102a6b"}, "#102a6b"), ({"brand": "#102a6b", "usual": "#333333"}, "#333333")],
)
def test_goods_bought_at_other_times_are_called_out_in_the_brands_colour(
    tmp_path: Path, colours: dict[str, str], usual: str
) -> None:
    page, _ = page_settings(settings(colours=colours), tmp_path)
    assert page.colours.usual == usual


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file"), (b"GIF89a", "no SVG or PNG"), (b"\x89PNG broken", "no SVG or PNG"),
     (b"<!DOCTYPE svg><svg/>", "no SVG or PNG"), (b"<html/>", "no SVG or PNG"), (b"x" * 400_001, "400,001 bytes")],
)  # fmt: skip
def test_a_logo_that_cannot_be_printed_is_told(tmp_path: Path, content: bytes | None, why: str) -> None:
    if content is not None:
        (tmp_path / "mark").write_bytes(content)
    page, (finding,) = page_settings(settings(logo="mark"), tmp_path)
    assert page.logo is None
    assert finding.rule == "logo-unusable"
    assert why in finding.message


@pytest.mark.parametrize(
    ("brand", "message"),
    [
        ({"colours": {"brnad": "#102a6b"}}, r"\[brand.colours\] has no brnad"),
        ({"colours": {"brand": "#bbbbbb"}}, "too little contrast"),
        ({"colours": {"brand": "navy"}}, "expected #RRGGBB"),
        ({"texts": {"hello": "x"}}, r"\[brand.texts\] has no hello"),
        ({"texts": {"saving": "Save a lot"}}, "the same places"),
        ({"texts": {"write_in": "x"}}, "expected a list of 3 texts"),
        ({"texts": {"write_in": ["x"]}}, "has 1 texts, not 3"),
        ({"texts": {"saving": ["x"]}}, "expected one text"),
    ],
)
def test_a_wrong_brand_kit_is_refused(tmp_path: Path, brand: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        page_settings(settings(**brand), tmp_path)
    assert str(caught.value).count("hint:") <= 1


def test_the_store_s_own_words_on_purchases_are_read_by_paragraph(tmp_path: Path) -> None:
    (tmp_path / "privacy.txt").write_bytes(b"\xef\xbb\xbfWe keep\r\nlittle.\r\n\r\n\r\nAsk us.\r\n")
    page, _ = page_settings(settings(privacy="privacy.txt"), tmp_path)
    assert page.privacy == ("We keep little.", "Ask us.")
    (tmp_path / "privacy.txt").write_text(" \n")
    with pytest.raises(ConfigError, match=r"brand.privacy privacy.txt is empty"):
        page_settings(settings(privacy="privacy.txt"), tmp_path)
    with pytest.raises(ConfigError, match=r"brand.privacy other.txt cannot be read") as caught:
        page_settings(settings(privacy="other.txt"), tmp_path)
    assert "leave brand.privacy out" in caught.value.hint


def test_a_template_of_the_store_is_read_and_a_missing_one_refused(tmp_path: Path) -> None:
    (tmp_path / "page.typ").write_text("own")
    page, _ = page_settings(settings(template="page.typ"), tmp_path)
    assert page.template == "own"
    with pytest.raises(ConfigError, match=r"brand.template other.typ cannot be read"):
        page_settings(settings(template="other.typ"), tmp_path)
