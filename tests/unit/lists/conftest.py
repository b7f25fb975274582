"""Widths of a plain imaginary font: every character 0.42 em wide, no Greek, no star."""

import pytest

from regulars.lists import Face, TextMeasure


@pytest.fixture(scope="session")
def measure() -> TextMeasure:
    advances = dict.fromkeys((*range(32, 127), *range(160, 384), 8201, 8211, 8217, 8230), 0.42)
    return TextMeasure(dict.fromkeys(Face, advances))
