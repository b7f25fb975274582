"""Which elements of a POSLog are read, by their place; everything else is passed over.

Names are local names. A name with ``*`` before it is a vendor's own element, in another namespace than the
transaction. Places are those of POSLog 2.x and 6.0 and of the vendors named in docs/concepts/poslog.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Element:
    """What is done with one element.

    Args:
        children: Elements inside that are read, by name.
        key: Where its text is kept; the first that is not empty stays.
        opens: List to which a record of its own is added; what stands inside goes there.
        attributes: Attribute → where its value is kept.
        mark: A key and a value that are kept when the element occurs.
    """

    __slots__ = ("attributes", "children", "is_leaf", "key", "mark", "opens")

    def __init__(
        self,
        children: Mapping[str, Element] | None = None,
        *,
        key: str = "",
        opens: str = "",
        attributes: Mapping[str, str] | None = None,
        mark: tuple[str, str] | None = None,
    ) -> None:
        self.children = dict(children or {})
        self.key = key
        self.opens = opens
        self.attributes = dict(attributes or {})
        self.mark = mark
        self.is_leaf = bool(key) and not (children or opens or attributes or mark)


def _texts(**keys: str) -> dict[str, Element]:
    return {name: Element(key=key) for name, key in keys.items()}


def _both(children: Mapping[str, Element]) -> dict[str, Element]:
    """The same elements, in the standard's namespace and in a vendor's."""
    return {**children, **{f"*{name}": element for name, element in children.items()}}


def _any_of(names: Iterable[str], element: Element) -> dict[str, Element]:
    return dict.fromkeys(names, element)


FLAGS = {"VoidFlag": "void", "CancelFlag": "cancel", "DeleteFlag": "delete"}

_DAY = Element(_texts(Date="day"), key="day")
_UNIT = Element(_texts(UnitID="store"), key="store")
_LINK = Element(
    {
        **_texts(
            RetailStoreID="store",
            WorkstationID="lane",
            SequenceNumber="number",
            TransactionID="id",
            LineItemSequenceNumber="item",
        ),
        "BusinessUnit": _UNIT,
        "BusinessDayDate": _DAY,
    },
    opens="links",
    attributes={"ReasonCode": "reason"},
)
_LOYALTY_TEXTS = _texts(
    PrimaryAccountNumber="card",
    LoyaltyCardID="card",
    CardNumber="card",
    AccountNumber="account",
    LoyaltyAccountID="account",
    LoyaltyID="account",
    MembershipID="account",
    CustomerID="customer",
    HouseholdID="household",
)
_LOYALTY = Element(
    _both(
        {
            **_LOYALTY_TEXTS,
            "LoyaltyCard": Element(_both(_LOYALTY_TEXTS), key="card"),
            "LoyaltyAccount": Element(_both(_LOYALTY_TEXTS), key="account"),
            "LoyaltyMembership": Element(_both(_LOYALTY_TEXTS), key="account"),
            "LoyaltyProgram": Element(_both(_LOYALTY_TEXTS)),
        }
    ),
    opens="loyalty",
)
_LOYALTY_ID = Element(key="account", opens="loyalty")
_LOYALTIES = _both(
    {
        "LoyaltyAccount": _LOYALTY,
        "LoyaltyMembership": _LOYALTY,
        "LoyaltyCard": _LOYALTY,
        "Loyalty": _LOYALTY,
        "LoyaltyID": _LOYALTY_ID,
        "LoyaltyCardID": _LOYALTY_ID,
        "LoyaltyAccountID": _LOYALTY_ID,
        "LoyaltyMembershipID": _LOYALTY_ID,
    }
)
_VOIDS = Element(
    _texts(ItemLink="item", SequenceNumber="item", LineItemSequenceNumber="item", LineItemLink="item"),
    key="item",
    opens="voids",
)
_MODIFIER = Element(
    {
        "Amount": Element(key="amount", attributes={"Action": "action"}),
        **_texts(ReasonCode="reason", PreviousPrice="previous"),
    },
    opens="modifiers",
    attributes={"MethodCode": "method", "VoidFlag": "void"},
)
_ITEM_CHILDREN = {
    **_texts(
        RegularSalesUnitPrice="regular",
        ActualSalesUnitPrice="actual",
        UnitListPrice="listed",
        ExtendedAmount="extended",
        ExtendedDiscountAmount="extended_discount",
        Amount="amount",
        Quantity="quantity",
        ItemLink="item_link",
        ItemID="item_id",
        POSItemID="pos_item_id",
    ),
    **_both(_texts(ScannedItemID="pos_item_id")),
    "POSIdentity": Element(_texts(POSItemID="code"), opens="codes", attributes={"POSIDType": "type"}),
    "Item": Element({}, attributes={"ItemType": "item_type"}, mark=("holds_items", "true")),
    "RetailPriceModifier": _MODIFIER,
    "TransactionLink": _LINK,
    "Voids": _VOIDS,
    **_LOYALTIES,
}
SALES = (
    "Sale",
    "SaleForDelivery",
    "SaleForPickup",
    "SaleForPickUp",
    "SaleOfGiftCertificate",
    "SaleItem",
)
RETURNS = ("Return", "ReturnForPickup", "ReturnForPickUp", "ReturnForDelivery", "ReturnItem", "RefundItem")


def _item(name: str, *, opens: str = "") -> Element:
    return Element(_ITEM_CHILDREN, opens=opens, attributes=FLAGS, mark=("kind", name))


_ITEMS = {name: _item(name) for name in (*SALES, *RETURNS)}
_BARE_ITEMS = {name: _item(name, opens="lines") for name in (*SALES, *RETURNS)}
_COUPON = Element(
    {
        "Item": Element({**_texts(ItemID="item_id"), "POSIdentity": Element(_texts(POSItemID="item_id"))}),
        **_texts(ItemLink="item_link"),
    },
    attributes={"CouponType": "coupon_type"},
    mark=("coupon", "true"),
)
_TENDER = Element(
    {
        "Amount": Element(key="tender_amount"),
        "Rounding": Element(key="rounding", attributes={"RoundingDirection": "rounding_direction"}),
        "Coupon": _COUPON,
        "ItemLink": Element(key="item_link"),
    },
    attributes={"TenderType": "tender_type", "TypeCode": "tender_code"},
    mark=("kind", "Tender"),
)
_AMOUNT = _texts(Amount="amount")
_LINE = Element(
    {
        "SequenceNumber": Element(key="number"),
        **_ITEMS,
        "Tender": _TENDER,
        "Tax": Element(_AMOUNT, mark=("kind", "Tax")),
        "Discount": Element(_AMOUNT, mark=("kind", "Discount")),
        "RetailPriceModifier": Element(_AMOUNT, mark=("kind", "Discount")),
        "Coupon": Element(_AMOUNT, mark=("kind", "Discount")),
        "Rounding": Element(key="rounding", mark=("kind", "Rounding")),
        "Voids": _VOIDS,
        "LoyaltyReward": Element(
            {**_both(_texts(ExtendedRewardAmount="reward")), **_LOYALTIES},
            attributes={},
            mark=("kind", "LoyaltyReward"),
        ),
        "LoyaltyRedemption": Element(_LOYALTIES, mark=("kind", "LoyaltyRedemption")),
        **_LOYALTIES,
    },
    opens="lines",
    attributes=FLAGS,
)
_RETAIL = Element(
    {
        "LineItem": _LINE,
        "LineItems": Element({"LineItem": _LINE, **_BARE_ITEMS}),
        **_BARE_ITEMS,
        "Total": Element(key="amount", opens="totals", attributes={"TotalType": "type"}),
        "ReceiptDateTime": Element(key="receipt_at"),
        "ReceiptNumber": Element(key="receipt"),
        "TransactionStatus": Element(key="status"),
        "TransactionLink": _LINK,
        "PostVoid": Element({"TransactionLink": _LINK}, mark=("post_void", "true")),
        "Customer": Element(_LOYALTIES),
        "CustomerAccount": Element(_LOYALTIES),
        **_LOYALTIES,
    },
    attributes={
        "TransactionStatus": "status",
        "TypeCode": "retail_type",
        "VoidFlag": "void",
        "VoidedFlag": "void",
        "CancelFlag": "cancel",
        "SuspendedFlag": "suspended",
        "TrainingModeFlag": "training",
    },
    mark=("retail", "true"),
)
_POST_VOID = Element(
    {**_LINK.children, "TransactionLink": _LINK}, opens="post_voids", attributes={"ReasonCode": "reason"}
)
_CONTROL = Element({"PostVoid": _POST_VOID, "TransactionLink": _LINK}, mark=("control", "true"))
_STAMP = Element(key="text", opens="stamps", attributes={"TypeCode": "type"})

TRANSACTION = Element(
    {
        **_texts(
            RetailStoreID="store",
            WorkstationID="lane",
            SequenceNumber="number",
            TransactionID="id",
            ReceiptNumber="receipt",
            ReceiptDateTime="receipt_at",
            BeginDateTime="begin_at",
            EndDateTime="end_at",
        ),
        "BusinessUnit": Element(
            {"UnitID": Element(key="id", attributes={"TypeCode": "type"})}, key="id", opens="units"
        ),
        "BusinessDayDate": _DAY,
        "POSLogDateTime": _STAMP,
        "RetailTransaction": _RETAIL,
        "LineItem": _LINE,
        "ControlTransaction": _CONTROL,
        "PostVoidTransaction": _POST_VOID,
        "TransactionLink": _LINK,
        "Customer": Element(_LOYALTIES),
        "CustomerAccount": Element(_LOYALTIES),
        **_LOYALTIES,
    },
    attributes={
        "TrainingModeFlag": "training",
        "CancelFlag": "cancel",
        "VoidFlag": "void",
        "VoidedFlag": "void",
        "SuspendedFlag": "suspended",
        "TransactionStatus": "status",
        "TypeCode": "type",
    },
)
