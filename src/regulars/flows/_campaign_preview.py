"""What a campaign's first and deepest offer looks like: the tile a list would print, on the goods most often bought."""

from __future__ import annotations

from dataclasses import dataclass

from regulars.contracts import CampaignPlan, DealKind, Ladder, ListSpecial, ReasonCode, SpecialKind
from regulars.ingest import pretty_need, printed_size
from regulars.lists import SpecialFacts, Words, build_special
from regulars.offers import Catalogue, saving_cents, wanted_products

from ._household_rows import read_where
from ._ports import Warehouse


@dataclass(frozen=True)
class OfferPreview:
    """An offer before there is one.

    Args:
        special: What a list would say.
        price_cents: The goods' regular price.
    """

    special: ListSpecial
    price_cents: int


_COLUMNS = ("name", "name_composed", "size_text", "department_id", "category_id", "need_id")


def preview_offer(
    warehouse: Warehouse, plan: CampaignPlan, catalogue: Catalogue, words: Words
) -> OfferPreview | None:
    """The offer as a list says it; None when nothing the campaign wants is sold.

    Args:
        warehouse: Holds the products.
        plan: The campaign.
        catalogue: What is sold, at which price.
        words: The language of the lists.
    """
    product = max(wanted_products(plan, catalogue), key=lambda one: (one.households, one.product_id), default=None)
    if product is None:
        return None
    [row] = (
        row
        for file in warehouse.files("products")
        for row in read_where(file.path, [("product_id", "=", product.product_id)], _COLUMNS).to_pylist()
    )
    rung = Ladder(percent=plan.depths_percent[-1])
    special = build_special(
        SpecialFacts(
            offer_id=plan.campaign_id,
            level=len(plan.depths_percent),
            kind=SpecialKind.SUGGESTION,
            reason=ReasonCode.UNTARGETED,
            deal_kind=DealKind.PERCENT_OFF,
            rung=rung,
            product_id=product.product_id,
            name=words.goods_name(row["name"], composed=row["name_composed"]),
            basket="",
            size_text=words.size(
                printed_size(row["size_text"], row["department_id"], product.price_cents, row["name"])
            ),
            need_name=pretty_need(row["need_id"], row["category_id"]),
            price_cents=product.price_cents,
            face_cents=saving_cents(DealKind.PERCENT_OFF, rung, product.price_cents),
            every_days=None,
            last_on=None,
        ),
        words,
        plan.period.from_on,
    )
    return OfferPreview(special, product.price_cents)
