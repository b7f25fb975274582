"""What cannot be read costs the transaction it stands in, is told with its place, and reading goes on."""

import time

import pytest

from poslog_samples import item, log, read, retail, sale
from regulars.poslog import _parse

GOOD = [retail(item(1, sale()), number=number) for number in (1, 2, 3)]
BOMB = (
    '<!DOCTYPE POSLog [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">'
    '<!ENTITY trap "<Transaction/>">]>\n'
)


def numbers(text: str | bytes) -> tuple[list[str], list[str]]:
    found = read(text)
    return [one.key.number for one in found.sales], [fault.rule for fault in found.faults]


BROKEN = {
    "a tag is not closed": GOOD[1].replace("</Sale>", ""),
    "a stray ampersand": GOOD[1].replace("9</RetailStoreID>", "9 & 10</RetailStoreID>"),
    "an unknown entity": GOOD[1].replace("9</RetailStoreID>", "&store;</RetailStoreID>"),
    "an attribute twice": GOOD[1].replace("<LineItem", '<LineItem VoidFlag="a" VoidFlag="b"'),
    "a control character": GOOD[1].replace("3.49", "3\x01.49"),
    "no end tag of the transaction": GOOD[1].replace("</Transaction>", ""),
    "an end tag too many": GOOD[1].replace("</LineItem>", "</LineItem></LineItem>"),
    "a comment with dashes": GOOD[1].replace("<RetailTransaction>", "<!-- -- --><RetailTransaction>"),
    "a tag of two megabytes": GOOD[1].replace("<LineItem", f'<LineItem Note="{"x" * 2_000_000}"'),
    "very deep": GOOD[1].replace("<RetailTransaction>", "<x>" * 5_000 + "<RetailTransaction>"),
    "too many lines": GOOD[1].replace("<RetailTransaction>", "<RetailTransaction>" + "<LineItem/>" * 50_001),
    "a namespace prefix out of nowhere is no fault": "",
}


@pytest.mark.parametrize("name", [name for name in BROKEN if BROKEN[name]])
def test_a_broken_transaction_costs_itself(name: str) -> None:
    found, rules = numbers(log(GOOD[0], BROKEN[name], GOOD[2]))
    assert found == ["1", "3"]
    assert len(rules) == 1


def test_a_fault_tells_its_line_and_the_transaction() -> None:
    found = read(log(GOOD[0], BROKEN["a stray ampersand"], GOOD[2]))
    (fault,) = found.faults
    assert fault.line == 4
    assert fault.rule == "xml-is-well-formed"
    assert fault.message == "store ? lane ? number ?: not well-formed (invalid token): expected well-formed XML"
    (fault,) = read(log(GOOD[0], BROKEN["a tag is not closed"], GOOD[2])).faults
    assert fault.message == "store 9 lane 3 number 2: mismatched tag: expected well-formed XML"


def test_lines_and_bytes_count_from_the_start_of_the_file_after_a_fault() -> None:
    text = log(GOOD[0], BROKEN["a stray ampersand"], GOOD[2])
    third = read(text).records[-1]
    assert (third["line"], third["offset"]) == (5, text.index("<Transaction>", text.index(GOOD[2])))
    (line,) = third["lines"]
    assert text[line["offset"] :].startswith("<LineItem>")


@pytest.mark.parametrize(
    ("text", "left", "rule"),
    [
        (log(*GOOD)[:-40], ["1", "2"], "xml-is-complete"),
        (log(*GOOD)[: log(*GOOD).index(GOOD[2]) + 100], ["1", "2"], "xml-is-complete"),
        (log(*GOOD).replace("</POSLog>", ""), ["1", "2", "3"], "xml-is-complete"),
        (BOMB + log(*GOOD).split("\n", 1)[1], ["1", "2", "3"], "xml-has-no-document-type"),
        (log(*GOOD) + "rubbish", ["1", "2", "3"], "xml-is-well-formed"),
        ("rubbish", [], "xml-is-well-formed"),
        ("", [], "xml-is-complete"),
        ("<POSLog>" + "<a>" * 400 + GOOD[0], ["1"], "xml-is-not-deep"),
        (log(GOOD[0], "<!-- never closed", GOOD[1]), ["1", "2"], "xml-is-well-formed"),
    ],
)
def test_what_is_wrong_with_a_file_as_a_whole(text: str, left: list[str], rule: str) -> None:
    found, rules = numbers(text)
    assert found == left
    assert rules == [rule]


def test_entities_of_a_document_type_are_never_expanded() -> None:
    used = GOOD[0].replace("9</RetailStoreID>", "&c;</RetailStoreID>")
    found, rules = numbers(BOMB + log(used, GOOD[1]).split("\n", 1)[1])
    assert found == ["2"]
    assert rules == ["xml-has-no-document-type", "xml-is-well-formed"]


def test_comments_and_sections_that_look_like_transactions_are_none() -> None:
    found, rules = numbers(log(f"<!-- {GOOD[0]} -->", f"<x><![CDATA[{GOOD[1]}]]></x>", GOOD[2]))
    assert found == ["3"]
    assert rules == []


BAD = BROKEN["a stray ampersand"]


@pytest.mark.parametrize(
    ("behind", "left"),
    [
        (f"<!-- {GOOD[0]} -->", []),
        (f"<![CDATA[{GOOD[0]}]]>", []),
        (f"<!-- {GOOD[0]} --><!--{GOOD[0]}-->", []),
        (f"<!-- never closed {GOOD[0]}", ["1"]),
        (f"<!-- {GOOD[0]} -- {GOOD[1]} -->", ["1", "2"]),
        (f"<![CDATA[ never closed {GOOD[0]}", ["1"]),
        (f"<!-- {'x' * 200_000} {GOOD[0]} -->", []),
        (f"{' ' * (4_096 - 200)}<!-- {GOOD[0]} -->", []),
    ],
    ids=["comment", "section", "two comments", "open", "no comment", "open section", "long", "over a block's end"],
)
def test_after_a_fault_transactions_in_comments_are_none(behind: str, left: list[str]) -> None:
    found, _ = numbers(log(BAD, behind, GOOD[2]))
    assert found == [*left, "3"]


@pytest.mark.parametrize("text", [(BAD + "<!-- ") * 3_000, (BAD + "<![CDATA[ ") * 3_000, BAD + "<!-- " * 200_000])
def test_thousands_of_comments_that_never_close_are_read_in_a_moment(text: str) -> None:
    started = time.process_time()
    found = read(log(text, GOOD[2]))
    assert [one.key.number for one in found.sales] == ["3"]
    assert time.process_time() - started < 5


def test_a_file_of_nothing_but_faults_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_parse, "_FAULTS_MIN", 6_000)
    found = read(log(GOOD[0], "<Transaction>x" * 7_000, GOOD[2]))
    assert [one.key.number for one in found.sales] == ["1"]
    assert len(found.faults) == 6_002
    assert found.faults[-1].message.endswith("more than 6000 faults: the rest was not read")


def test_transactions_that_only_start_inside_each_other_are_told_once_and_the_last_is_read() -> None:
    nest = '<Transaction>\n<Transaction CancelFlag="false">'
    found = read(log(GOOD[0], nest * 100_000, GOOD[2]))
    assert [one.key.number for one in found.sales] == ["1", "3"]
    (fault,) = found.faults
    assert fault.message == (
        "store ? lane ? number ?: a transaction inside it: expected its end tag first; "
        "199999 more stand inside each other"
    )
    (fault,) = read(log(GOOD[0].removesuffix("</Transaction>"), GOOD[2])).faults
    assert fault.message == "store 9 lane 3 number 1: a transaction inside it: expected its end tag first"


def test_elements_of_others_are_passed_over_whatever_they_hold() -> None:
    foreign = '<x:Transaction xmlns:x="urn:x"><x:RetailStoreID>1</x:RetailStoreID></x:Transaction>'
    found, rules = numbers(log(GOOD[0].replace("<RetailTransaction>", foreign + "<RetailTransaction>")))
    assert found == ["1"]
    assert rules == []


def test_a_long_text_is_cut_and_costs_nothing() -> None:
    found = read(log(GOOD[0].replace("9</RetailStoreID>", "9" * 3_000_000 + "</RetailStoreID>")))
    (sold,) = found.sales
    assert len(sold.key.store) == 4_096


def test_ten_thousand_faults_are_told_in_a_moment_and_the_good_ones_kept() -> None:
    started = time.process_time()
    text = log(*(BROKEN["a stray ampersand"] if number % 2 else GOOD[0] for number in range(10_000)))
    found = read(text)
    assert (len(found.sales), len(found.faults)) == (5_000, 5_000)
    assert time.process_time() - started < 10


def test_the_text_of_an_element_inside_is_not_that_of_the_one_around_it() -> None:
    more = '<Total TotalType="TransactionNetAmount">3.49<Vendor>7</Vendor></Total>'
    (record,) = read(log(retail(item(1, sale()), more))).records
    assert record["totals"] == [{"type": "TransactionNetAmount", "amount": "3.49"}]


def test_a_namespace_an_element_names_holds_for_that_element_alone() -> None:
    foreign = '<Total xmlns="urn:vendor" TotalType="TransactionNetAmount">1.00</Total>'
    ours = '<Total TotalType="TransactionNetAmount">3.49</Total>'
    (record,) = read(log(retail(item(1, sale()), foreign, ours))).records
    assert record["totals"] == [{"type": "TransactionNetAmount", "amount": "3.49"}]
