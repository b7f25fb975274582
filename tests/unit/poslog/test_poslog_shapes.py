"""Transactions alike are read by their shape, and come out as tag by tag, whatever stands in them."""

import random

import pytest

from poslog_samples import Read, item, log, read, retail, sale
from regulars.poslog._document import Document
from regulars.poslog._shapes import ShapeReader


def tag_by_tag(text: str | bytes, monkeypatch: pytest.MonkeyPatch) -> Read:
    with monkeypatch.context() as patch:
        patch.setattr(ShapeReader, "read", lambda *_: None)
        return read(text)


def read_tag_by_tag(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Bytes of a text that Expat sees, but for those it learns shapes from."""
    sizes = []
    parse = Document.parse

    def counted(self: Document, data: bytes, *, final: bool = False) -> None:
        if not self.resumed:
            sizes.append(len(data))
        parse(self, data, final=final)

    with monkeypatch.context() as patch:
        patch.setattr(Document, "parse", counted)
        read(text)
    return sum(sizes)


def basket(number: int, *more: str, sold: str = "") -> str:
    lines = [item(place, sale(f"04210000{number:04d}", 100 * number + place)) for place in (1, 2, 3)]
    return retail(*lines, sold, *more, number=number)


MANY = [basket(number) for number in range(1, 41)]
TOTAL = '<Total TotalType="TransactionNetAmount">{}</Total>'
SAME_FOR_ALL = {
    "nothing more": "",
    "a total": TOTAL.format("1.00"),
    "totals and who shopped": TOTAL.format("1") + "<LoyaltyAccount><LoyaltyID>77</LoyaltyID></LoyaltyAccount>",
    "an element that is passed over": "<Weather><Sky>grey</Sky><LineItem/></Weather>",
    "an empty text": "<ReceiptNumber></ReceiptNumber><ReceiptNumber>5</ReceiptNumber>",
    "a text of blanks": "<ReceiptNumber>\u00a0 </ReceiptNumber><ReceiptNumber>5</ReceiptNumber>",
    "a comment": "<!-- so it was --><ReceiptNumber>5</ReceiptNumber>",
    "a comment with an end tag": "<!-- </Transaction> --><ReceiptNumber>5</ReceiptNumber>",
    "a section": "<ReceiptNumber><![CDATA[<5>]]></ReceiptNumber>",
    "a reference": "<ReceiptNumber>5 &amp; 6</ReceiptNumber>",
    "a text around an element": "<Total>1<Currency>USD</Currency>2</Total>",
    "a text in several elements": "<LoyaltyCard>1<CardNumber>2</CardNumber>3</LoyaltyCard>",
    "a namespace": '<ReceiptNumber xmlns="urn:other">5</ReceiptNumber>',
    "a private character": "<ReceiptNumber>\ue0001</ReceiptNumber>",
    "a status twice": "<TransactionStatus>Finished</TransactionStatus><TransactionStatus>Voided</TransactionStatus>",
}


@pytest.mark.parametrize("name", SAME_FOR_ALL)
def test_transactions_alike_come_out_as_tag_by_tag(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = log(basket(1), *(basket(number, SAME_FOR_ALL[name]) for number in range(2, 6)))
    for one in (
        text,
        text.replace("\n", "\r\n"),
        text.replace("\n", "\r"),
        text.replace("Transaction", "n:Transaction"),
    ):
        found = read(one)
        assert found == tag_by_tag(one, monkeypatch)
        assert len(found.records) == 5


LINE = item(9, sale())
ODD = {
    "a transaction of another namespace": basket(2).replace("<Transaction>", '<Transaction xmlns="urn:other">'),
    "a child of that namespace": basket(2, '<ReceiptNumber xmlns="urn:other">5</ReceiptNumber>'),
    "a blank in the end tag": basket(2).replace("</Transaction>", "</Transaction >") + LINE,
    "a control and a sale": retail(number=2).replace("</Transaction>", "</Transaction >") + basket(3),
    "a sale and a control": basket(2).replace("</Transaction>", "</Transaction >") + retail(number=3),
    "two controls": retail(number=2).replace("</Transaction>", "</Transaction >") + retail(number=3),
    "a private character in a flag": basket(2).replace("<LineItem>", '<LineItem VoidFlag="\ue0000">'),
    "an element before it": "<Batch>5</Batch>" + basket(2),
    "a text before it": "\u00e95" + basket(2),
    "an item without a line": basket(2).replace(LINE, "") + basket(3, sale()),
    "an item between lines": basket(2).replace("</LineItem><LineItem>", f"</LineItem>{sale()}<LineItem>"),
    "an item before lines": basket(2).replace("<RetailTransaction>", f"<RetailTransaction>{sale()}"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_transactions_come_out_as_tag_by_tag(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ODD[name] != basket(2)
    text = log(basket(1), *[ODD[name]] * 3, ODD["a child of that namespace"], basket(4))
    assert read(text) == tag_by_tag(text, monkeypatch)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("MILK", "MILK"),
        ("  MILK", "MILK"),
        ("MILK\u3000", "MILK"),
        ("M\u00e4lk \u00e0 la", "M\u00e4lk \u00e0 la"),
        ("A &lt; B", "A < B"),
        ("A\r\nB", "A\nB"),
        ("x" * 5_000, "x" * 4_096),
    ],
)
def test_a_text_is_kept_as_it_is_read_tag_by_tag(written: str, read_as: str) -> None:
    found = read(log(*(basket(number, f"<ReceiptNumber>{written} </ReceiptNumber>") for number in range(1, 5))))
    assert [one["receipt"] for one in found.records] == [read_as] * 4


def test_alike_transactions_are_not_read_tag_by_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (log(*MANY), log(*MANY).replace("\n", "\r\n"), log(*MANY).replace("oo", "\u00f6")):
        ends = [place for place in range(len(text)) if text.startswith("</Transaction>", place)]
        around = text[: ends[0]] + text[ends[-1] :]
        assert read_tag_by_tag(text, monkeypatch) == len(around.encode())


def test_lines_and_bytes_are_those_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("", "<StoreName>K\u00f6ln</StoreName>\n")
    text = log(*(basket(number, sold=names[number % 2]) for number in range(1, 31)))
    data, found = text.encode(), read(text)
    assert found == tag_by_tag(text, monkeypatch)
    for record in found.records:
        assert data[record["offset"] :].startswith(b"<Transaction>")
        assert record["line"] == 1 + data.count(b"\n", 0, record["offset"])
        for line in record["lines"]:
            assert data[line["offset"] :].startswith(b"<LineItem")
            assert line["line"] == 1 + data.count(b"\n", 0, line["offset"])


BITS = (
    "<", ">", "</", "<!--", "-->", "<![CDATA[", "]]>", "&amp;", "&#10;", "\r\n", "\r", "<Transaction>",
    "</Transaction>", "<x>", "</x>", "<LineItem>", "</LineItem>", "<LineItem/>", "<Sale>", " a='>'", "\u00e9", "&foo;",
    " xmlns='u'", "</POSLog>", "<?p <a> ?>", "<!DOCTYPE a>", "<Total>1", "</Total>", "<RetailTransaction>", " ",
    "</RetailTransaction>",
)  # fmt: skip


def mutated(text: str, rng: random.Random) -> str:
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(text))
        if rng.random() < 0.7:
            place = max(text.find("<", place), 0)
        text = text[:place] + rng.choice(BITS) + text[place + rng.choice((0, 0, 0, 1, 20)) :]
    return text


def test_damaged_files_come_out_as_tag_by_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(7)
    totals = (TOTAL.format("3.06"), "<TransactionStatus>Finished</TransactionStatus>")
    whole = log(*(basket(number, *totals[: number % 3]) for number in range(1, 9)))
    for _ in range(150):
        text = mutated(whole, rng)
        assert read(text) == tag_by_tag(text, monkeypatch), text


def test_shapes_without_end_are_not_learned_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [retail(item(1, sale(), flags=f'Note="{number}"'), number=number) for number in range(1, 1_501)]
    text = log(*texts)
    learned = []
    learn = ShapeReader._read_numbered
    monkeypatch.setattr(
        ShapeReader, "_read_numbered", lambda *given, **more: learned.append(1) or learn(*given, **more)
    )
    assert len(read(text).records) == 1_500
    assert len(learned) == 1_000
