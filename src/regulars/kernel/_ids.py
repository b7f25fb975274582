"""Ids: the source's own, as text, each of its own type so that two kinds cannot be mixed up."""

from __future__ import annotations

from typing import NewType

HouseholdId = NewType("HouseholdId", str)
CardId = NewType("CardId", str)
StoreId = NewType("StoreId", str)
ProductId = NewType("ProductId", str)
DepartmentId = NewType("DepartmentId", str)
CategoryId = NewType("CategoryId", str)
NeedId = NewType("NeedId", str)
VendorId = NewType("VendorId", str)
TransactionId = NewType("TransactionId", str)
DealId = NewType("DealId", str)
OfferId = NewType("OfferId", str)
PlanId = NewType("PlanId", str)
GrantId = NewType("GrantId", str)
