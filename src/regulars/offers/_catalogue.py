"""Priced products by class: what deals choose from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from regulars.kernel import CategoryId, DepartmentId, NeedId, ProductId, VendorId

STORE_VENDOR = VendorId("store")
"""Who funds the store's own promotions."""


@dataclass(frozen=True)
class CatalogueProduct:
    """One product an offer can be made of.

    Args:
        price_cents: The chain's regular price of one unit, > 0.
        households: How many bought it in the 182 days before.
    """

    product_id: ProductId
    vendor_id: VendorId
    department_id: DepartmentId
    category_id: CategoryId
    need_id: NeedId
    brand_kind: str
    tier: str
    price_cents: int
    households: int


@dataclass(frozen=True)
class ProductChoice:
    """Which products a deal means: all that is given must match; ids alone, when given, decide."""

    department_id: str | None = None
    category_id: str | None = None
    need_id: str | None = None
    brand_kind: str | None = None
    product_ids: tuple[str, ...] | None = None

    @property
    def names_a_class(self) -> bool:
        """Whether anything but the brand kind was given; a deal on everything is none."""
        return bool(self.product_ids or self.department_id or self.category_id or self.need_id)


@dataclass
class Catalogue:
    """Products by id and by class, each class in order of product id.

    Args:
        products: Priced products.
        need_buyers: Buyers of each need, added up over its products, those without a price included.
    """

    products: dict[ProductId, CatalogueProduct]
    need_buyers: dict[NeedId, int] = field(default_factory=dict)
    _by_class: dict[tuple[str, str], list[CatalogueProduct]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, products: Iterable[CatalogueProduct], unpriced: Iterable[tuple[NeedId, int]] = ()) -> Catalogue:
        """Index products; their order does not matter.

        Args:
            products: Priced products.
            unpriced: Need and buyers of each product that has no price.
        """
        ordered = sorted(products, key=lambda product: product.product_id)
        by_class: dict[tuple[str, str], list[CatalogueProduct]] = defaultdict(list)
        for product in ordered:
            by_class["need", product.need_id].append(product)
            by_class["category", product.category_id].append(product)
            by_class["department", product.department_id].append(product)
        need_buyers: dict[NeedId, int] = defaultdict(int)
        for need_id, households in (*((one.need_id, one.households) for one in ordered), *unpriced):
            need_buyers[need_id] += households
        return cls({product.product_id: product for product in ordered}, dict(need_buyers), dict(by_class))

    @cached_property
    def vendor_ids(self) -> frozenset[VendorId]:
        """Who sells something here."""
        return frozenset(product.vendor_id for product in self.products.values())

    def choose(self, choice: ProductChoice, vendor_id: VendorId) -> list[CatalogueProduct]:
        """Products of a choice, by id; a vendor's deal covers that vendor's products alone."""
        if choice.product_ids:
            named = (self.products.get(ProductId(product_id)) for product_id in sorted(set(choice.product_ids)))
            return [product for product in named if product is not None]
        return [product for product in self._narrowest(choice) if _matches(product, choice, vendor_id)]

    def tier_of(self, product_ids: Iterable[ProductId]) -> str:
        """The sensitive tier of a range of products: the first one any of them is in, else empty."""
        tiers = {self.products[product_id].tier for product_id in product_ids} - {""}
        return min(tiers, default="")

    def _narrowest(self, choice: ProductChoice) -> list[CatalogueProduct]:
        for level, name in (
            ("need", choice.need_id),
            ("category", choice.category_id),
            ("department", choice.department_id),
        ):
            if name:
                return self._by_class.get((level, name), [])
        return []


def _matches(product: CatalogueProduct, choice: ProductChoice, vendor_id: VendorId) -> bool:
    return (
        choice.department_id in {None, "", product.department_id}
        and choice.category_id in {None, "", product.category_id}
        and choice.need_id in {None, "", product.need_id}
        and choice.brand_kind in {None, "", product.brand_kind}
        and vendor_id in {STORE_VENDOR, product.vendor_id}
    )
