"""What a transaction comes to, rule by rule."""

import pytest

from poslog_samples import item, log, read, retail, sale, total
from regulars.poslog import OtherKind, TransactionKey

A, B = "042100005264", "012000001086"
A_ID, B_ID = "00042100005264", "00012000001086"


def one(*inner: str, **more: str | int):
    found = read(log(retail(*inner, **more)))
    assert found.faults == []
    return found


LINK = "<ItemLink>1</ItemLink>"
VOIDS_1 = f"<Voids>{LINK}</Voids>"
VOIDS = {
    "the line itself is flagged": ([item(1, sale(A, 349), 'VoidFlag="true"'), item(2, sale(B, 100))], [B_ID], 1),
    "cancelled on the line": ([item(1, sale(A, 349), 'CancelFlag="true"'), item(2, sale(B, 100))], [B_ID], 1),
    "flag written as 1": ([item(1, sale(A, 349), 'VoidFlag="1"'), item(2, sale(B, 100))], [B_ID], 1),
    "flag is false": ([item(1, sale(A, 349), 'VoidFlag="false"')], [A_ID], 0),
    "a flagged line links to the one it takes back": (
        [item(1, sale(A, 349)), item(2, sale(A, 349, more=LINK), 'VoidFlag="true"'), item(3, sale(B, 100))],
        [B_ID],
        1,
    ),
    "a flagged deposit links to its bottle, which stays": (
        [item(1, sale(A, 349)), item(2, sale(B, 25, more=LINK), 'VoidFlag="true"')],
        [A_ID],
        1,
    ),
    "a flagged line with a negative quantity takes the last like it back": (
        [item(1, sale(A, 349)), item(2, sale(A, 349)), item(3, sale(A, 349, "-1"), 'VoidFlag="true"')],
        [A_ID],
        1,
    ),
    "a flagged line with a negative amount takes the last like it back": (
        [item(1, sale(A, 349)), item(2, sale(B, 349)), item(3, sale(A, -349), 'VoidFlag="true"')],
        [B_ID],
        1,
    ),
    "a line that is nothing but a void": (
        [item(1, sale(A, 349)), item(2, sale(B, 100)), item(3, VOIDS_1)],
        [B_ID],
        1,
    ),
    "totals tell that a flagged line takes an earlier one back": (
        [
            item(1, sale(A, 349)),
            item(2, sale(A, 349), 'VoidFlag="true"'),
            item(3, sale(B, 100)),
            total("TransactionGrandAmount", 100),
        ],
        [B_ID],
        1,
    ),
    "totals tell that it does not": (
        [
            item(1, sale(A, 349)),
            item(2, sale(A, 349), 'VoidFlag="true"'),
            item(3, sale(B, 100)),
            total("TransactionGrandAmount", 449),
        ],
        [A_ID, B_ID],
        1,
    ),
    "without totals a flagged line is itself the void": (
        [item(1, sale(A, 349)), item(2, sale(A, 349), 'VoidFlag="true"')],
        [A_ID],
        1,
    ),
    "both lines of a pair are flagged": (
        [item(1, sale(A, 349), 'VoidFlag="true"'), item(2, sale(A, 349, more=LINK), 'VoidFlag="true"')],
        [],
        2,
    ),
    "not flagged, a negative amount and a positive quantity": (
        [item(1, sale(A, 349)), item(2, sale(A, -349)), item(3, sale(B, 100)), total("TransactionNetAmount", 100)],
        [B_ID],
        1,
    ),
    "not flagged, a negative amount and quantity": (
        [
            item(1, sale(A, 349)),
            item(2, sale(A, -349, "-1")),
            item(3, sale(B, 100)),
            total("TransactionNetAmount", 100),
        ],
        [B_ID],
        1,
    ),
    "not flagged, a negative quantity and a positive amount": (
        [
            item(1, sale(A, 349)),
            item(2, sale(B, 100)),
            item(3, sale(A, 349, "-1")),
            total("TransactionNetAmount", 100),
        ],
        [B_ID],
        1,
    ),
    "not flagged, not right behind": (
        [item(1, sale(A, 349)), item(2, sale(B, 100)), item(3, sale(A, -349))],
        [B_ID],
        1,
    ),
    "not flagged, twice: the last of three is left out twice": (
        [item(n, sale(A, 349)) for n in (1, 2, 3)] + [item(4, sale(A, -349)), item(5, sale(A, -349))],
        [A_ID],
        2,
    ),
    "one flagged and one that is not": (
        [
            item(1, sale(A, 349)),
            item(2, sale(A, 349), 'VoidFlag="true"'),
            item(3, sale(B, 100)),
            item(4, sale(B, -100)),
        ],
        [A_ID],
        2,
    ),
    "flagged, and taken back by a line that is not flagged": (
        [
            item(1, sale(A, 349), 'VoidFlag="true"'),
            item(2, sale(A, -349, "-1")),
            item(3, sale(B, 100)),
            total("TransactionNetAmount", 100),
        ],
        [B_ID],
        2,
    ),
    "flagged, and its like taken back": (
        [
            item(1, sale(A, 349), 'VoidFlag="true"'),
            item(2, sale(A, 349)),
            item(3, sale(A, -349)),
            item(4, sale(B)),
        ],
        [B_ID],
        2,
    ),
    "two lines of one number, and two voids of it": (
        [
            item(1, sale(A, 349)),
            item(1, sale(B, 100)),
            item(2, sale(B, 50)),
            item(3, VOIDS_1),
            item(4, VOIDS_1),
        ],
        [B_ID],
        2,
    ),
    "a voided tender is no item": (
        [item(1, sale(A, 349)), item(2, "<Tender><Amount>3.49</Amount></Tender>", 'VoidFlag="true"')],
        [A_ID],
        0,
    ),
}


@pytest.mark.parametrize("name", VOIDS)
def test_voided_lines_leave_no_sale(name: str) -> None:
    inner, left, voided = VOIDS[name]
    (sold,) = one(*inner).sales
    assert [line.product for line in sold.lines] == left
    assert sold.voided == voided
    assert sold.difference_cents == 0


def test_of_lines_that_are_alike_the_last_is_taken_back() -> None:
    (sold,) = one(item(1, sale(A)), item(2, sale(A)), item(3, sale(A, -349)), item(4, sale(B))).sales
    assert [line.number for line in sold.lines] == [1, 4]


SPOILED = sale(A).replace("3.49", "NaN")


@pytest.mark.parametrize(
    ("inner", "left"),
    [
        ([SPOILED, SPOILED.replace(">1<", ">-1<")], [(1000, "NaN"), (-1000, "NaN")]),
        ([SPOILED, sale(A, 0, "-1")], [(1000, "NaN"), (-1000, 0)]),
        ([sale(A, 349, "x"), sale(A, -349, "-y")], [("x", 349), ("-y", -349)]),
    ],
    ids=["amounts", "an amount, and none", "quantities"],
)
def test_what_is_no_number_is_like_nothing_and_stays_to_be_refused(
    inner: list[str], left: list[tuple[int | str, int | str]]
) -> None:
    found = one(*(item(number, part) for number, part in enumerate(inner, start=1)))
    assert [one_line[1:] for one_line in found.lines] == left
    assert found.sales[0].voided == 0


@pytest.mark.parametrize(
    ("inner", "left"),
    [
        ([sale(A, 1047, "3"), sale(A, -349)], [(A_ID, 3000, 1047), (A_ID, -1000, -349)]),
        ([sale(A, 349), sale(A, -349, "2")], [(A_ID, 1000, 349), (A_ID, -2000, -349)]),
        ([sale(A, -349), sale(A, 349)], [(A_ID, 1000, -349), (A_ID, 1000, 349)]),
        ([sale(A, -349, "-1"), sale(A, 349)], [(A_ID, -1000, -349), (A_ID, 1000, 349)]),
        ([sale(A, 1047, "3"), sale(A, -349, "-1")], [(A_ID, 3000, 1047), (A_ID, -1000, -349)]),
        ([sale(A, 349), sale(A, 349, kind="Return")], [(A_ID, 1000, 349), (A_ID, -1000, -349)]),
        ([sale(A, 349), sale(B, -349)], [(A_ID, 1000, 349), (B_ID, 1000, -349)]),
        (
            [sale(A, 349), sale(A, -349, more='<TransactionLink ReasonCode="Return"><SequenceNumber>7'
                                "</SequenceNumber></TransactionLink>")],
            [(A_ID, 1000, 349), (A_ID, 1000, -349)],
        ),
        (
            [sale(A, 349), sale(A, -349, "-1", more='<TransactionLink ReasonCode="Return"><SequenceNumber>7'
                                "</SequenceNumber></TransactionLink>")],
            [(A_ID, 1000, 349), (A_ID, -1000, -349)],
        ),
    ],
    ids=["in part", "more", "before", "a return before", "a return in part", "a return", "another product",
         "of another receipt", "a return of another receipt"],
)  # fmt: skip
def test_what_takes_no_line_back_whole_stays(inner: list[str], left: list[tuple[str, int, int]]) -> None:
    found = one(*(item(number, text) for number, text in enumerate(inner, start=1)))
    assert found.lines == left
    assert found.sales[0].voided == 0


@pytest.mark.parametrize(
    ("inner", "line"),
    [
        (sale(A, 349, kind="Return"), (A_ID, -1000, -349)),
        (sale(A, -349, kind="Return"), (A_ID, -1000, -349)),
        (sale(A, -349, "-1", kind="Return"), (A_ID, -1000, -349)),
        (sale(A, 349, "-1"), (A_ID, -1000, -349)),
        (sale(A, -349, "-1"), (A_ID, -1000, -349)),
        (sale(A, -349, "1"), (A_ID, 1000, -349)),
        (sale(A, 349, "2", kind="SaleForDelivery"), (A_ID, 2000, 349)),
        (sale(A, 0), (A_ID, 1000, 0)),
        (sale(A, 126, "0.425"), (A_ID, 425, 126)),
        (sale(A, 349).replace("<Quantity>1</Quantity>", ""), (A_ID, 1000, 349)),
        ("<Sale><ItemID>7</ItemID><ActualSalesUnitPrice>1.25</ActualSalesUnitPrice><Quantity>3</Quantity></Sale>",
         ("7", 3000, 375)),
        ("<Sale><ItemID>7</ItemID><ActualSalesUnitPrice>1.459</ActualSalesUnitPrice><Quantity>40</Quantity></Sale>",
         ("7", 40000, 5836)),
        ("<Sale><ItemID>7</ItemID><RegularSalesUnitPrice>1.25</RegularSalesUnitPrice><Quantity>3</Quantity>"
         "<ExtendedDiscountAmount>0.75</ExtendedDiscountAmount></Sale>", ("7", 3000, 300)),
        (sale(A, 349).replace("3.49", "NaN"), (A_ID, 1000, "NaN")),
        (sale(A, 349).replace("3.49", "1e400"), (A_ID, 1000, "1e400")),
        (sale(A, 349, "many"), (A_ID, "many", 349)),
        (sale("212345928752", 2875), ("00212345000007", 1000, 2875)),
        ("<Sale><ExtendedAmount>1.00</ExtendedAmount></Sale>", ("", 1000, 100)),
    ],
)  # fmt: skip
def test_quantities_and_amounts_have_one_sign(inner: str, line: tuple[str, int | str, int | str]) -> None:
    assert one(item(1, inner)).lines == [line]


LINKED = (
    '<TransactionLink ReasonCode="{reason}"><RetailStoreID>9</RetailStoreID><WorkstationID>3</WorkstationID>'
    "<BusinessDayDate>2017-10-01</BusinessDayDate><SequenceNumber>41</SequenceNumber></TransactionLink>"
)
TARGET = TransactionKey("9", "3", "2017-10-01", "41")


@pytest.mark.parametrize(
    ("text", "kind", "undoes"),
    [
        (retail(sale(), flags='TrainingModeFlag="true"'), OtherKind.TRAINING, None),
        (retail(sale(), status="Suspended"), OtherKind.SUSPENDED, None),
        (retail(sale(), status="SuspendedRetrieved"), OtherKind.SUSPENDED, None),
        (retail(sale(), status="X:Voided"), OtherKind.CANCELLED, None),
        (retail(sale(), status="TransactionVoided"), OtherKind.CANCELLED, None),
        (retail(sale(), flags='CancelFlag="true"'), OtherKind.CANCELLED, None),
        (retail(sale(), LINKED.format(reason="Voided"), status="PostVoided"), OtherKind.POST_VOID, TARGET),
        (retail(sale(), LINKED.format(reason="acs:PostVoid")), OtherKind.POST_VOID, TARGET),
        (retail(sale(), more=LINKED.format(reason="Voided")), OtherKind.POST_VOID, TARGET),
        (retail(sale(), status="PostVoided"), OtherKind.CANCELLED, None),
        (
            "<Transaction><RetailStoreID>9</RetailStoreID><WorkstationID>3</WorkstationID>"
            "<BusinessDayDate>2017-10-01</BusinessDayDate><SequenceNumber>42</SequenceNumber><ControlTransaction>"
            "<PostVoid><SequenceNumber>41</SequenceNumber></PostVoid></ControlTransaction></Transaction>",
            OtherKind.POST_VOID,
            TARGET,
        ),
        ("<Transaction><TenderControlTransaction/></Transaction>", OtherKind.CONTROL, None),
        ("<Transaction><BusinessEOD/></Transaction>", OtherKind.CONTROL, None),
        ("<Transaction><CustomerOrderTransaction>" + item(1, sale()) + "</CustomerOrderTransaction></Transaction>",
         OtherKind.CONTROL, None),
    ],
)  # fmt: skip
def test_transactions_that_leave_no_lines(text: str, kind: OtherKind, undoes: TransactionKey | None) -> None:
    (found,) = read(log(text)).decisions
    assert (found.other, found.undoes, found.lines) == (kind, undoes, [])


def test_a_return_names_its_sale_and_is_none_of_these() -> None:
    (sold,) = one(item(1, sale(kind="Return")), LINKED.format(reason="Return")).sales
    assert [line.returned for line in sold.lines] == ["9/3/2017-10-01/41/"]


CARD = "<LoyaltyAccount><LoyaltyCard><PrimaryAccountNumber>600123</PrimaryAccountNumber></LoyaltyCard></LoyaltyAccount>"
ACCOUNT = "<LoyaltyAccount><LoyaltyAccountID>55</LoyaltyAccountID></LoyaltyAccount>"
PAYMENT = "<CreditDebit><PrimaryAccountNumber>4111</PrimaryAccountNumber></CreditDebit>"


@pytest.mark.parametrize(
    ("inner", "identity"),
    [
        (CARD, "600123"),
        (
            "<LoyaltyAccount><LoyaltyAccount><LoyaltyAccountID>55</LoyaltyAccountID></LoyaltyAccount></LoyaltyAccount>",
            "55",
        ),
        ("<LoyaltyAccount><CustomerID>77</CustomerID></LoyaltyAccount>", "77"),
        ("<LoyaltyID>88</LoyaltyID>", "88"),
        (item(2, "<LoyaltyReward><LoyaltyID>88</LoyaltyID></LoyaltyReward>"), "88"),
        (item(2, "<LoyaltyAccount><LoyaltyID>88</LoyaltyID></LoyaltyAccount>"), "88"),
        (item(2, CARD, 'VoidFlag="true"'), ""),
        ("<LoyaltyAccount><LoyaltyProgram><Points>5</Points></LoyaltyProgram></LoyaltyAccount>", ""),
        ("<LoyaltyID>0000</LoyaltyID>", ""),
        ("<Customer><CustomerID>99</CustomerID></Customer>", ""),
        (item(2, f"<Tender><Amount>3.49</Amount>{PAYMENT}</Tender>"), ""),
        (item(2, "<acs:LoyaltyMembership><acs:LoyaltyID>66</acs:LoyaltyID></acs:LoyaltyMembership>"), "66"),
    ],
)
def test_who_shopped_is_told_by_loyalty_elements_alone(inner: str, identity: str) -> None:
    (sold,) = one(item(1, sale()), inner).sales
    assert sold.identity == identity


def modifier(cents: int, method: str, more: str = "") -> str:
    return (
        f'<RetailPriceModifier MethodCode="{method}"><Amount Action="Subtract">{cents / 100:.2f}</Amount>{more}'
        "</RetailPriceModifier>"
    )


def discount(cents: int) -> str:
    return f"<ExtendedDiscountAmount>{cents / 100:.2f}</ExtendedDiscountAmount>"


@pytest.mark.parametrize(
    ("more", "loyalty", "coupon"),
    [
        (modifier(50, "Promotion"), 50, 0),
        (modifier(50, "TargetedOffer"), 50, 0),
        (modifier(50, "Coupon"), 0, 50),
        (modifier(50, "Coupon") + modifier(30, "Promotion"), 30, 50),
        (discount(60), 60, 0),
        (discount(-60), 60, 0),
        (discount(60) + modifier(20, "Coupon"), 0, 60),
        (discount(100) + modifier(20, "Coupon") + modifier(30, "Promotion"), 60, 40),
        (modifier(50, "ManufacturerReward"), 0, 0),
        (
            modifier(50, "Promotion")
            .replace("<Retail", "<Retail")
            .replace("MethodCode", 'VoidFlag="true" MethodCode'),
            0,
            0,
        ),
        ("", 0, 0),
    ],
)
def test_reductions_by_kind(more: str, loyalty: int, coupon: int) -> None:
    ((line,),) = [sold.lines for sold in one(item(1, sale(A, 349, more=more))).sales]
    assert (line.loyalty_discount_cents, line.store_coupon_cents, line.amount_cents) == (loyalty, coupon, 349)


def coupon(kind: str, cents: int, more: str = "", flags: str = "") -> str:
    return item(9, f'<Tender TenderType="{kind}"><Amount>{cents / 100:.2f}</Amount>{more}</Tender>', flags)


@pytest.mark.parametrize(
    ("tender", "shares"),
    [
        (coupon("ManufacturerCoupon", 100), [75, 25]),
        (coupon("ManufacturerCoupon", 100, "<ItemLink>2</ItemLink>"), [0, 100]),
        (coupon("Coupon", 100, f"<Coupon><Item><ItemID>{B}</ItemID></Item></Coupon>"), [0, 100]),
        (coupon("Coupon", 100, '<Coupon CouponType="StoreCoupon"/>'), [0, 0]),
        (coupon("ManufacturerCoupon", 100, flags='VoidFlag="true"'), [0, 0]),
        (coupon("Cash", 400), [0, 0]),
    ],
)
def test_a_makers_coupon_pays_and_changes_no_price(tender: str, shares: list[int]) -> None:
    (sold,) = one(item(1, sale(A, 300)), item(2, sale(B, 100)), tender).sales
    assert [line.manufacturer_coupon_cents for line in sold.lines] == shares
    assert sum(line.amount_cents for line in sold.lines) == 400


@pytest.mark.parametrize(
    ("inner", "difference"),
    [
        ([total("TransactionGrandAmount", 449)], 0),
        ([total("TransactionGrandAmount", 480), total("TransactionTaxAmount", 31)], 0),
        ([total("TransactionNetAmount", 418), total("TransactionTaxAmount", 31)], 0),
        ([total("TransactionGrandAmount", 480), item(8, "<Tax><Amount>0.31</Amount></Tax>")], 0),
        ([total("TransactionGrandAmount", 400), item(8, "<Discount><Amount>0.49</Amount></Discount>")], 0),
        ([total("TransactionGrandAmount", 450), item(8, "<Tender><Rounding>0.01</Rounding></Tender>")], 0),
        ([total("TransactionPurchaseQuantity", 2)], 0),
        ([], 0),
        ([total("TransactionGrandAmount", 450)], -1),
        ([total("TransactionNetAmount", 349)], 100),
        ([total("TransactionGrandAmount", 0)], 449),
    ],
)
def test_lines_are_held_against_the_totals(inner: list[str], difference: int) -> None:
    (sold,) = one(item(1, sale(A, 349)), item(2, sale(B, 100)), *inner).sales
    assert sold.difference_cents == difference


@pytest.mark.parametrize(
    ("more", "rounded"),
    [
        ("", 0),
        ("<ExtendedDiscountAmount>0.1050</ExtendedDiscountAmount>", 1),
        ("<ExtendedDiscountAmount>0.1000</ExtendedDiscountAmount>", 0),
        ("<RetailPriceModifier><Amount>0.333</Amount></RetailPriceModifier>", 1),
        ("<RegularSalesUnitPrice>1.459</RegularSalesUnitPrice>", 0),
    ],
)
def test_parts_of_a_cent_are_told(more: str, rounded: int) -> None:
    assert one(item(1, sale(A, 349, more=more))).sales[0].rounded == rounded
    written = sale(A, 349).replace("3.49<", "3.495<")
    assert one(item(1, written), item(2, sale(A, 349, more=more))).sales[0].rounded == 1 + rounded


def test_a_refund_may_have_a_positive_total() -> None:
    (sold,) = one(item(1, sale(A, 349, kind="Return")), total("TransactionGrandAmount", 349)).sales
    assert sold.difference_cents == 0


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [((5, 9), [5, 9]), ((5, 5), [1, 2]), (("x", 2), [1, 2]), (("", 2), [1, 2])],
)
def test_line_numbers_are_the_tills_or_counted(numbers: tuple[object, object], expected: list[int]) -> None:
    (sold,) = one(*(item(number, sale()) for number in numbers)).sales
    assert [line.number for line in sold.lines] == expected
