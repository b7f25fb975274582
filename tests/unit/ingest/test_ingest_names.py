"""Composed names: tables of cases, and what every name must keep to."""

from importlib import resources

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.ingest import compose_names, pretty_need, pretty_size, printed_size, product_name

NEEDS = [
    ("FLUID MILK WHITE ONLY", None, "White Milk"),
    ("SOFT DRINKS 12/18&15PK CAN CAR", None, "Soda Cans, 12 to 18 Pack"),
    ("PREMIUM", "ICE CREAM/MILK/SHERBTS", "Premium Ice Cream"),
    ("PREMIUM", "BACON", "Premium Bacon"),
    ("PREMIUM", None, "Premium Ice Cream"),
    ("APPLES GALA (BULK&BAG)", "APPLES", "Gala Apples"),
    ("POTATO CHIPS", None, "Potato Chips"),
    ("REFRIG PIZZA&INGRED  N/MEAT DE", "MISC. DAIRY", "Refrigerated Pizza"),
    ("MISC SALES TRANS", "DELI SUPPLIES", "Deli Item"),
    ("PROCESSED OTHER", "WATER - CARBONATED/FLVRD DRINK", "Flavored Water"),
    ("DVD S", "AUDIO/VIDEO PRODUCTS", "DVDs"),
    ("CAKES: POUND", None, "Pound Cakes"),
    ("CHEESE - CHS SPRD", None, "Cheese Spread Cheese"),
    ("SNACKS: SALTY", None, "Salty Snacks"),
    ("FRZN BISCUITS", None, "Frozen Biscuits"),
    ("RAZORS AND BLADES", None, "Razors and Blades"),
    ("INSECTS/BEES&WASPS", None, "Insects, Bees and Wasps"),
    ("MISC. OTHER", "TOYS", "Toys"),
    ("GUMMIES W/FLOUR", None, "Gummies with Flour"),
    ("HAM (9 LIVES/FRISK", None, "Ham"),
]
SIZES = [
    ("16 OZ", "16 oz"),
    ("1 GA", "1 gal"),
    ("1/2 GAL", "1/2 gal"),
    ("10 3/4 OZ", "10 3/4 oz"),
    (".5 L", "0.5 L"),
    ("2 L*", "2 L"),
    ("12 PK/12 OZ", "12 x 12 oz"),
    ("6 PK  12 OZ", "6 x 12 oz"),
    ("10/6.75 OZ", "10 x 6.75 oz"),
    ("4.3 OZ/4 PK", "4 x 4.3 oz"),
    ("12 CT/11 OZ", "12 ct, 11 oz"),
    ("P   26 OZ", "26 oz"),
    ("DOZ", "1 dozen"),
    ("57 SQ FT", "57 sq ft"),
    ("985739  PK", ""),
    ("KIT/EACH", ""),
    ("", ""),
]


@pytest.mark.parametrize(("need_id", "category_id", "name"), NEEDS)
def test_needs_read_like_a_shelf_label(need_id: str, category_id: str | None, name: str) -> None:
    assert pretty_need(need_id, category_id) == name


def test_no_name_written_by_hand_says_nothing_or_is_cut() -> None:
    text = resources.files("regulars.ingest").joinpath("need_names.txt").read_text(encoding="utf-8")
    entries = [line.partition(" = ") for line in text.splitlines() if line and not line.startswith("#")]
    empty_words = {"Other", "Misc", "Miscellaneous", "Extras", "Merchandise"}
    assert [name for _, _, name in entries if empty_words & set(name.replace(",", "").split()) or not name] == []
    keys = [key for key, _, _ in entries]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("size_text", "printed"), SIZES)
def test_sizes(size_text: str, printed: str) -> None:
    assert pretty_size(size_text) == printed


def test_product_names_say_the_store_brand_and_fall_back_on_the_category() -> None:
    assert product_name("SUGAR", "SUGARS/SWEETNERS", "GROCERY", "own") == "Store brand Sugar"
    assert product_name("SUGAR", "SUGARS/SWEETNERS", "GROCERY", "national") == "Sugar"
    assert product_name(None, "FRZN ICE", "GROCERY", "national") == "Frozen Ice"
    assert product_name(None, None, "FLORAL", "own") == "Store brand Floral"


@given(
    st.text(st.sampled_from("ABCDEFGH /&:-().MISC"), min_size=1, max_size=90), st.sampled_from(["own", "national"])
)
def test_a_name_is_never_empty_nor_too_long_and_always_the_same(need_id: str, brand_kind: str) -> None:
    name = product_name(need_id, "CANDY", "GROCERY", brand_kind)
    assert 0 < len(name) <= 60
    assert name == name.strip()
    assert not set(name) & set("/&()")
    assert name == product_name(need_id, "CANDY", "GROCERY", brand_kind)


@given(st.text(max_size=30))
def test_a_size_is_read_or_left_out(size_text: str) -> None:
    assert len(pretty_size(size_text)) <= 40


def test_names_are_composed_for_a_whole_table() -> None:
    rows = pa.table(
        {
            "product_id": ["1", "2"],
            "department_id": ["GROCERY", "GROCERY"],
            "category_id": ["SUGARS/SWEETNERS", None],
            "need_id": ["SUGAR", None],
            "brand_kind": ["own", "national"],
            "name": ["", ""],
            "source_line": [1, 2],
        }
    )
    composed = compose_names(rows)
    assert composed.column_names == rows.column_names
    assert composed["name"].to_pylist() == ["Store brand Sugar", "Grocery"]
    assert composed.drop_columns(["name"]) == rows.drop_columns(["name"])


@pytest.mark.parametrize(
    ("size_text", "department", "price_cents", "printed"),
    [
        ("48 CT", "PRODUCE", 50, ""),
        ("24 CT", "Fresh Fruit & Veg", 99, ""),
        ("10 CT", "PRODUCE", 90, ""),
        ("9 CT", "PRODUCE", 90, "9 ct"),
        ("40 LB", "PRODUCE", 255, ""),
        ("13 LB", "PRODUCE", 730, ""),
        ("5 LB", "PRODUCE", 349, "5 lb"),
        ("16 OZ", "PRODUCE", 299, "16 oz"),
        ("500 CT", "GROCERY", 299, "500 ct"),
        ("15 LB", "GROCERY", 799, ""),
        ("15 LB", "GROCERY", None, ""),
        ("15 LB", "GROCERY", 800, "15 lb"),
        ("14 LB", "GROCERY", 799, "14 lb"),
        ("", "PRODUCE", 99, ""),
    ],
)
def test_a_case_is_not_what_a_shopper_buys(
    size_text: str, department: str, price_cents: int | None, printed: str
) -> None:
    assert printed_size(size_text, department, price_cents) == printed


@pytest.mark.parametrize(
    ("size_text", "name", "printed"),
    [
        ("2 L", "Soda, 2 Liter", ""),
        ("12 PK", "Soda Cans, 12 to 18 Pack", ""),
        ("24 PK", "Soda Cans, 20 to 24 Pack", ""),
        ("12 OZ", "Soda Cans, 12 to 18 Pack", "12 oz"),
        ("2 L", "Soda, 12 Liter", "2 L"),
        ("18 OZ", "100% Juice", "18 oz"),
    ],
)
def test_a_size_that_the_name_says_is_not_said_twice(size_text: str, name: str, printed: str) -> None:
    assert printed_size(size_text, "GROCERY", 199, name) == printed
