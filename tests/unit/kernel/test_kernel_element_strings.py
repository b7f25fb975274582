"""The same item, however a scanner hands it over."""

import pytest

from regulars.kernel import read_scan

MILK = "00042100005264"


@pytest.mark.parametrize(
    "text",
    [
        "042100005264",
        "0042100005264",
        MILK,
        "(01)00042100005264",
        "(01)00042100005264(17)261231(10)AB12",
        "]C10100042100005264",
        "]d2010004210000526417261231",
        "]e0010004210000526410LOT7\x1d17261231",
        "]d2\x1d0100042100005264",
        "]C110LOT7\x1d0100042100005264",
        "010004210000526417261231",
    ],
)
def test_one_item_however_it_is_written(text: str) -> None:
    assert read_scan(text).product_id == MILK


@pytest.mark.parametrize(
    ("text", "weight_milli"), [("3103001250", 1250), ("3102000125", 1250), ("3100000002", 2000)]
)
def test_weight_is_read_in_thousandths(text: str, weight_milli: int) -> None:
    assert read_scan(f"]C101{MILK}{text}").weight_milli == weight_milli


@pytest.mark.parametrize("text", ["", "]C1", "]C101123", "(01)", "(01)(", "]C1" + "9" * 40, "01" + "x" * 30])
def test_anything_else_is_read_as_it_stands(text: str) -> None:
    assert read_scan(text).product_id == text
