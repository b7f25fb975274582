"""Logs in the shapes of several vendors' tills; each shape was seen in a public file of that vendor."""

from dataclasses import dataclass

import pytest

from poslog_samples import (
    CHAIN,
    FUTURA,
    NCR,
    NCR_MOBILE,
    PARCEL,
    R10,
    SEVERAL_CODES,
    VISMA,
    WINCOR,
    WINCOR_FAMILY,
    XSTORE,
    item,
    log,
    read,
    retail,
    sale,
)
from regulars.poslog import OtherKind, TransactionKey


@dataclass
class Expected:
    key: TransactionKey
    lines: list[tuple[str, int, int]]
    voided: int = 0
    identity: str = ""
    returned: str = ""
    discount_cents: int = 0


CASES = {
    "NCR ACS, 2.1": (NCR, Expected(
        TransactionKey("7", "34", "2019-03-02", "161"), [("4011", 420, 126)], identity="0000000000000040000012345"
    )),
    "Wincor Nixdorf TP.net, 2.2": (WINCOR, Expected(
        TransactionKey("502", "2", "2018-07-14", "2729"), [("33", 2000, 550)], voided=1
    )),
    "a chain's own, 6.0": (CHAIN, Expected(TransactionKey("7-240", "101", "", "1966"), [("1607701", 1000, 12499)])),
    "roqqio Futura, 6.0": (FUTURA, Expected(
        TransactionKey("100", "10001", "2024-10-15", "3570"), [("04022847522022", -1000, -129)],
        identity="T220001293", returned="100/10001/2024-10-14/3569/4",
    )),
    "Visma, 6.0": (VISMA, Expected(TransactionKey("3004", "1", "", "3619"), [("07046265478027", 1000, 3348)])),
    "Wincor Nixdorf, members, 2.2": (WINCOR_FAMILY, Expected(
        TransactionKey("501", "10", "2016-02-11", "27"), [("17228555", 3000, 150)], identity="62759801",
        discount_cents=60,
    )),
    "NCR RES mobile, 2.x": (NCR_MOBILE, Expected(
        TransactionKey("0044", "5002", "2015-05-08", "410"), [("0000000000051", 1000, 40500)], discount_cents=9500
    )),
    "an order on-line and its parcel, 6.0": (PARCEL, Expected(
        TransactionKey("15-67-67", "67", "", "29735"), [("2358600", 1000, 12900)], identity="20912"
    )),
    "several codes of one item, 6.0": (SEVERAL_CODES, Expected(
        TransactionKey("12", "3", "", "77"), [("04006381333931", 1000, 3000)], identity="4071", discount_cents=2400
    )),
    "Oracle Xstore, 2.x": (XSTORE, Expected(
        TransactionKey("674", "2", "2025-02-21", "8123"), [("04006381333931", 2000, 4498)], voided=1, identity="L-7731",
        discount_cents=500,
    )),
    "Retalix R10, 6.0": (R10, Expected(TransactionKey("0610", "140", "2016-08-22", "451"), [("1329421", 1000, 199)])),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_vendors_log(name: str) -> None:
    text, expected = CASES[name]
    found = read(text)
    assert found.faults == []
    (sold,) = found.sales
    assert sold.key == expected.key
    assert [(line.product, line.quantity_milli, line.amount_cents) for line in sold.lines] == expected.lines
    assert (sold.voided, sold.identity, sold.difference_cents) == (expected.voided, expected.identity, 0)
    assert sum(line.loyalty_discount_cents for line in sold.lines) == expected.discount_cents
    assert [line.returned for line in sold.lines] == [expected.returned] * len(expected.lines)


def test_what_is_no_sale_is_counted_apart() -> None:
    assert read(NCR).others == [OtherKind.CONTROL]
    assert read(XSTORE).others == [OtherKind.CANCELLED, OtherKind.CONTROL]
    assert read(VISMA).others == [OtherKind.CANCELLED]


WRAPPED = retail(sale())
PREFIXED = WRAPPED.replace("<", "<a:").replace("<a:/", "</a:").replace("a:POSItemID>04", "a:POSItemID>04")


@pytest.mark.parametrize(
    "text",
    [
        log(WRAPPED, root="<POSLog>"),
        log(WRAPPED, root='<POSLog xmlns="urn:anything">'),
        log(PREFIXED, root='<a:POSLog xmlns:a="http://www.nrf-arts.org/IXRetail/namespace/">'),
        log("<POSLog>" + WRAPPED + "</POSLog>", root='<arts:Request xmlns:arts="urn:x">'),
        "\ufeff" + log(WRAPPED),
        "\n\n" + log(WRAPPED),
        WRAPPED,
        log(retail(f"<LineItems><LineItem>{sale()}</LineItem></LineItems>")),
        log(retail(f"<LineItem>{sale()}</LineItem>")),
        log(retail("<LineItem>" + sale().replace("<POSIdentity><POSItemID>", "<ItemID>").replace(
            "</POSItemID></POSIdentity>", "</ItemID>") + "</LineItem>")),
    ],
    ids=["no namespace", "another", "a prefix", "wrapped", "a mark", "blank lines", "no root", "a list", "plain", "id"],
)  # fmt: skip
def test_names_and_wrappers_do_not_matter(text: str) -> None:
    found = read(text)
    assert found.faults == []
    assert found.lines == [("00042100005264", 1000, 349)]


def test_two_documents_in_one_file_are_both_read() -> None:
    found = read(log(retail(sale(), number=1)) + log(retail(sale(), number=2)))
    assert found.faults == []
    assert [one.key.number for one in found.sales] == ["1", "2"]


def test_the_view_for_stock_has_its_lines_in_the_transaction_itself() -> None:
    """Shape of the sample in the ARTS IXRetail Inventory Charter, 13 September 2005."""
    inner = retail(item(1, sale("01234567890123", 489, "3"))).replace("RetailTransaction>", "Other>")
    bare = inner.replace("<Other>", "").replace("</Other>", "")
    found = read(log(bare, retail(number=2).replace("RetailTransaction>", "ControlTransaction>")))
    assert found.lines == [("01234567890123", 3000, 489)]
    assert found.others == [OtherKind.CONTROL]


@pytest.mark.parametrize(
    ("suspended", "voided", "others"),
    [("false", "false", []), ("true", "false", [OtherKind.SUSPENDED]), ("false", "true", [OtherKind.CANCELLED])],
)
def test_a_transaction_may_be_flagged_as_suspended_or_voided(
    suspended: str, voided: str, others: list[OtherKind]
) -> None:
    """Shape of a log of a Chilean chain's kiosks, version 2.2: the total has a name of its own as well."""
    total = '<Total TotalType="TransactionAmountTotal" CancelFlag="false">{}</Total>'
    for written, difference in (("3.49", 0), ("3.50", -1)):
        flagged = f'<Transaction SuspendedFlag="{suspended}" VoidedFlag="{voided}">'
        found = read(log(retail(item(1, sale()), total.format(written)).replace("<Transaction>", flagged)))
        assert found.others == others
        assert [one.difference_cents for one in found.sales] == ([] if others else [difference])
