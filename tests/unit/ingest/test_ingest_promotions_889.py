"""Promotion announcements as vendors send them: levels, several deals in one set, and what cannot be read."""

import json

import pytest

from regulars.ingest import known_products, read_promotions

ISA = "ISA*00*          *00*          *08*9254110060     *08*9876543210     *171106*0900*U*00401*000000001*0*P*>~"
GS = "GS*QG*9254110060*9876543210*20171106*0900*1*X*004010~"
END = "GE*1*1~IEA*1*000000001~"
HEAD = "G42*01*CHIP44~G62*15*20171113~G62*16*20180107~NTE*GEN*Potato chips at a saving~N1*VN*Crisp Makers*92*544~"


def interchange(*sets: str) -> str:
    body = "".join(f"ST*889*{place:04}~{one}SE*9*{place:04}~" for place, one in enumerate(sets, start=1))
    return ISA + GS + body + END


def test_a_set_is_a_draft_with_its_levels():
    text = interchange(HEAD + "G45**002840000517~G45**002840000524~G46*22*01*0.5*EA~G46*22*01*.75*EA~")
    rows, findings = read_promotions(text, "chips.x12")
    assert findings == []
    assert rows == [
        {
            "deal_id": "CHIP44",
            "name": "Potato chips at a saving",
            "vendor_id": "544",
            "kind": "amount_off",
            "rungs": '[{"amount_cents": 50}, {"amount_cents": 75}]',
            "funding_percent": 100,
            "product_ids": '["002840000517", "002840000524"]',
            "from_on": "2017-11-13",
            "until_on": "2018-01-08",
            "state": "draft",
            "known_from_on": "2017-11-06",
        }
    ]


def test_items_with_other_allowances_are_another_deal():
    text = interchange(HEAD + "G45**1~G46*22*01****9*20~G45**2~G46*22*01****9*30~G45**3~G46*22*01****9*20~")
    rows, findings = read_promotions(text, "f")
    assert findings == []
    assert [(row["deal_id"], row["rungs"], json.loads(row["product_ids"])) for row in rows] == [
        ("CHIP44-1", '[{"percent": 20}]', ["1", "3"]),
        ("CHIP44-2", '[{"percent": 30}]', ["2"]),
    ]


def test_separators_are_those_the_interchange_declares():
    text = interchange(HEAD + "G45**1~G46*22*01*1~").replace("*", "|").replace("~", "'\n")
    text = text[:105] + text[105:]
    rows, findings = read_promotions(text, "f")
    assert findings == []
    assert rows[0]["rungs"] == '[{"amount_cents": 100}]'


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (HEAD.replace("G42*01*CHIP44~", "") + "G45**1~G46*22*01*1~", "no deal number"),
        (HEAD.replace("N1*VN", "N1*BY") + "G45**1~G46*22*01*1~", "no vendor"),
        (HEAD.replace("G62*16*20180107~", "") + "G45**1~G46*22*01*1~", "no first and last day"),
        (HEAD.replace("20180107", "20181307") + "G45**1~G46*22*01*1~", "a date is '20181307'"),
        (HEAD.replace("G42*01", "G42*03") + "G45**1~G46*22*01*1~", "cancels a promotion; end the deal"),
        (HEAD.replace("G42*01", "G42*02") + "G45**1~G46*22*01*1~", "ask for a replacement (04)"),
        (HEAD.replace("G42*01", "G42*06") + "G45**1~G46*22*01*1~", "dates; edit the deal"),
        (HEAD.replace("G42*01", "G42*77") + "G45**1~G46*22*01*1~", "expected 01 (new) or 04 (replace)"),
        (HEAD + "G45**1~G46*22*01*14.4*CA~", "allowance per CA (G46-04); expected one per piece"),
        (HEAD + "G45**1~", "all rates or all per cents"),
        (HEAD + "G45**1~G46*22*01*0.125~", "whole cents"),
        (HEAD + "G45**1~G46*22*01*-1~", "whole cents"),
        (HEAD + "G45**1~G46*22*01*x~", "expected a number"),
        (HEAD + "G46*22*01*1~G45**1~", "before any item"),
        (HEAD, "names no item"),
        (HEAD + "G45*~G46*22*01*1~", "has no code"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_rest_goes_on(body, fault):
    good = HEAD.replace("CHIP44", "GOOD") + "G45**1~G46*22*01*1~"
    rows, findings = read_promotions(interchange(body, good), "f")
    assert [row["deal_id"] for row in rows] == ["GOOD"]
    (finding,) = findings
    assert fault in finding.message
    assert finding.rule == "promotion-can-be-read"


def test_a_file_of_something_else_is_told():
    for text in ("deal_id,name\n1,x\n", "", ISA + GS + "ST*850*0001~SE*2*0001~" + END):
        rows, findings = read_promotions(text, "f")
        assert rows == []
        assert len(findings) == 1


def test_a_replacement_is_a_draft_again():
    rows, findings = read_promotions(interchange(HEAD.replace("G42*01", "G42*04") + "G45**1~G46*22*01*1*EA~"), "f")
    assert findings == []
    assert [row["state"] for row in rows] == ["draft"]


def test_codes_are_found_under_the_name_the_store_has_for_them():
    whole = "00028400005173"
    for sent in (whole, "028400005173", "002840000517", "28400005173"):
        assert known_products([sent], {whole}) == [whole]
    assert known_products(["002840000517"], {"28400005173"}) == ["28400005173"]
    assert known_products(["002840000517"], {"002840000517", whole}) == ["002840000517"]
    assert known_products(["002840000517", "7"], {"8"}) == ["002840000517", "7"]
