"""Product codes against published examples; the source stands beside each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel import (
    CodeKind,
    ConfigError,
    VariableLayout,
    expand_upc_e,
    field_check_digit,
    gtin_check_digit,
    read_product_code,
)

BIIP = "jodal/biip 5.2, tests"
GENERAL = "GS1 General Specifications 7.9"


@pytest.mark.parametrize(
    ("body", "expected", "source"),
    [
        ("37610425002123456", 9, GENERAL),
        ("629104150021", 3, "gs1.org, how to calculate a check digit manually"),
        ("703801005447", 1, BIIP),
        ("950110153100", 0, BIIP),
        ("978820551237", 5, "an ISBN; " + BIIP),
        ("9501234", 6, "an EAN-8; " + BIIP),
        ("04210000526", 4, "a UPC-A; " + BIIP),
        ("02520000014", 8, "a UPC-A; aescharfenberg/product-code, README"),
    ],
)
def test_check_digits(body: str, expected: int, source: str) -> None:
    assert gtin_check_digit(body) == expected


@pytest.mark.parametrize(
    ("number", "expected", "source"),
    [
        ("2875", 9, GENERAL + ".3"),
        ("14685", 6, GENERAL + ".4"),
        ("1234", 9, "GB label 2011122912346; " + BIIP),
        ("00239", 4, "German label 2211114002394; " + BIIP),
        ("06870", 1, "German label 2811111068708; " + BIIP),
        ("00012", 9, "German label 2511119000129; " + BIIP),
    ],
)
def test_check_digits_of_a_price_or_weight(number: str, expected: int, source: str) -> None:
    assert field_check_digit(number) == expected


@pytest.mark.parametrize(
    ("short", "long", "source"),
    [
        ("01210806", "012000001086", "gist 487823, by a shop's developer"),
        ("04252614", "042100005264", "last digit 1; UPC-A of " + BIIP),
        ("01210807", None, "wrong check digit"),
        ("02501428", "025200000148", "last digit 2; baby food, aescharfenberg/product-code"),
        ("01234133", "012300000413", "last digit 3"),
        ("01234446", "012340000046", "last digit 4"),
        ("01234565", "012345000065", "last digit 6"),
        ("14252611", "142100005261", "number system 1"),
        ("24252614", None, "number system 2 has no short form"),
        ("1234567", None, "seven digits"),
    ],
)
def test_a_upc_e_is_a_upc_a(short: str, long: str | None, source: str) -> None:
    assert expand_upc_e(short) == long


@pytest.mark.parametrize(
    ("text", "product_id", "kind", "source"),
    [
        ("042100005264", "00042100005264", CodeKind.GTIN, "UPC-A"),
        ("0042100005264", "00042100005264", CodeKind.GTIN, "the same with 13 digits"),
        ("00042100005264", "00042100005264", CodeKind.GTIN, "the same with 14"),
        ("04252614", "00042100005264", CodeKind.GTIN, "the same, short"),
        (" 0421-0000 5264 ", "00042100005264", CodeKind.GTIN, "the same, written with blanks"),
        ("7038010054471", "07038010054471", CodeKind.GTIN, "EAN-13 of a Norwegian product"),
        ("10042100005261", "10042100005261", CodeKind.GTIN, "a case of 12: another trade item"),
        ("95012346", "00000095012346", CodeKind.GTIN, "EAN-8"),
        ("00000095012346", "00000095012346", CodeKind.GTIN, "the same, padded"),
        ("20123451", "00000020123451", CodeKind.IN_STORE, "EAN-8 starting with 2: the chain's own"),
        ("42100005264", "00042100005264", CodeKind.GTIN, "the UPC-A of " + BIIP + " as a spreadsheet keeps it"),
        ("25200000148", "00025200000148", CodeKind.GTIN, "aescharfenberg/product-code, README; zero lost"),
        ("12000001086", "00012000001086", CodeKind.GTIN, "gist 487823; zero lost"),
        ("42100005265", "42100005265", CodeKind.OTHER, "eleven digits, a wrong check digit"),
        ("04210000526", "04210000526", CodeKind.OTHER, "eleven digits: a UPC-A without its check digit"),
        ("01234567895", "01234567895", CodeKind.OTHER, "eleven digits that check but start with 0: none was lost"),
        ("042100005265", "042100005265", CodeKind.OTHER, "a wrong check digit: nobody's GTIN"),
        ("0400000000015", "00400000000015", CodeKind.IN_STORE, "04: inside the company"),
        ("0500000000012", "00500000000012", CodeKind.COUPON, "05: an old coupon"),
        ("9910000000010", "09910000000010", CodeKind.COUPON, "99: a coupon"),
        ("9780306406157", "09780306406157", CodeKind.GTIN, "a book"),
        ("4011", "4011", CodeKind.PLU, "bananas"),
        ("00000000004011", "4011", CodeKind.PLU, "padded"),
        ("94011", "94011", CodeKind.PLU, "organic bananas"),
        ("00000000090162", "9016", CodeKind.PLU, "an NCR till log: padded, with a check digit"),
        ("00000000942256", "94225", CodeKind.PLU, "the same, organic avocado"),
        ("12", "12", CodeKind.OTHER, "too short for anything"),
        ("1095275", "1095275", CodeKind.OTHER, "a till's own article number"),
        ("ABC-1", "ABC-1", CodeKind.OTHER, "not a number"),
        ("٤٠١١", "٤٠١١", CodeKind.OTHER, "other scripts' digits are no code"),
        ("123456789012345", "123456789012345", CodeKind.OTHER, "fifteen digits"),
        ("", "", CodeKind.OTHER, "nothing"),
    ],
)
def test_one_id_for_every_way_to_write_it(text: str, product_id: str, kind: CodeKind, source: str) -> None:
    read = read_product_code(text)
    assert (read.product_id, read.kind) == (product_id, kind), source
    assert (read.price_cents, read.weight_milli) == (None, None)


@pytest.mark.parametrize(
    ("layout", "decimals", "text", "item", "price_cents", "weight_milli", "source"),
    [
        ("02IIIIIVPPPPK", 2, "212345928752", "0212345", 2875, None, "the price of " + GENERAL),
        ("20IIIIIVPPPPK", 2, "2011122912346", "2011122", 1234, None, "Great Britain; " + BIIP),
        ("22IIIIVPPPPPK", 2, "2211114002394", "221111", 239, None, "Germany, price; " + BIIP),
        ("28IIIIVWWWWWK", 3, "2811111068708", "281111", None, 6_870, "Germany, weight; " + BIIP),
        ("21IIIIIPPPPPK", 2, "2135040039753", "2135040", 3975, None, "Denmark, price; " + BIIP),
        ("26IIIIIWWWWWK", 3, "2623570001505", "2623570", None, 150, "Denmark, weight; " + BIIP),
        ("23IIIIIIWWWWK", 3, "2302148210869", "23021482", None, 1_086, "Norvegia 1kg; " + BIIP),
        ("24IIIIIIWWWWK", 2, "2488060112341", "24880601", None, 12_340, "Finland; " + BIIP),
        ("21IIIIIIPPPPK", 1, "2188060112340", "21880601", 12_340, None, "Sweden, tenths; " + BIIP),
        (
            "02IIIIIPPPPPK",
            2,
            "0212345198957",
            "0212345",
            19_895,
            None,
            "layout of retailedge.com, random weight items",
        ),
        ("21IIIIIWWWWWK", 3, "2112345000008", "2112345", None, None, "Odoo's own example, as on the product"),
    ],
)
def test_labels_of_weighed_goods(
    layout: str,
    decimals: int,
    text: str,
    item: str,
    price_cents: int | None,
    weight_milli: int | None,
    source: str,
) -> None:
    read = read_product_code(text, (VariableLayout(layout, decimals),))
    assert read.kind is CodeKind.VARIABLE, source
    assert (read.price_cents, read.weight_milli) == (price_cents, weight_milli)
    assert read.product_id[1:].startswith(item)
    assert set(read.product_id[1 + len(item) : 13]) <= {"0"}
    assert gtin_check_digit(read.product_id[:13]) == int(read.product_id[13])


def test_packages_of_one_item_are_one_product_and_a_wrong_price_digit_gives_no_price() -> None:
    good, other, unpriced = (
        read_product_code(text) for text in ("212345928752", "212345028759", "00212345000007")
    )
    assert (good.price_cents, other.price_cents, unpriced.price_cents) == (2875, None, None)
    assert good.product_id == other.product_id == unpriced.product_id == "00212345000007"
    assert read_product_code("00205601000002").product_id == "00205601000002"  # an NCR till logs it so


def test_the_label_of_another_layout_is_the_chains_own_number() -> None:
    assert read_product_code("2623570001505").kind is CodeKind.IN_STORE


@pytest.mark.parametrize(
    ("pattern", "decimals"),
    [
        ("02IIIIIVPPPP", 2),
        ("02IIIIIVPPPPP", 2),
        ("02IIIIIVPPPWK", 2),
        ("IIIIIIIVPPPPK", 2),
        ("02VVIIIIPPPPK", 2),
        ("02IIIIIVPPPK?", 2),
        ("02IIIIVVPPPPK", 2),
        ("02IIIIIIIIIIK", 2),
        ("02IIIVPPPPPPK", 2),
        ("02IIIIIVPPPPK", 4),
    ],
)
def test_a_layout_that_cannot_be_read_is_refused(pattern: str, decimals: int) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        VariableLayout(pattern, decimals)


@given(st.text(max_size=20) | st.from_regex(r"[0-9]{1,15}", fullmatch=True))
def test_reading_twice_is_reading_once(text: str) -> None:
    read = read_product_code(text)
    again = read_product_code(read.product_id)
    assert again.product_id == read.product_id
