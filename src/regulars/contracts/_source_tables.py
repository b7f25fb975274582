"""The tables that hold what was loaded: the source's own ids as text, money in cents; see `_tables`."""

from __future__ import annotations

from ._shapes import shape as _table

SOURCE_TABLES = (
    _table(
        "lines",
        "store_id lane_id sold_on transaction_id line_number",
        """
        household_id text?  -- of the card where one was shown; null when nobody's, or none was shown
        card_id text?  -- what was shown at the till; null where the file names the household itself
        store_id text
        lane_id text  -- empty when the source has none
        sold_on date  -- business day of the store
        transaction_id text  -- the lane's own transaction number
        line_number integer
        sold_at timestamp?  -- UTC
        product_id text
        quantity_milli integer  -- negative on a return
        amount_cents integer  -- what was charged, before tender; negative on a return
        loyalty_discount_cents integer
        store_coupon_cents integer
        manufacturer_coupon_cents integer  -- a tender, not a price change
        returned_receipt text?  -- store/lane/day/transaction/line of the sale a return undoes, as far as the till said
        version integer  -- of the transaction; the newest replaces the others whole; 0 when the source has none
        known_from_on date
        """,
        bucketed=True,
        versioned_by="store_id lane_id sold_on transaction_id",
        note="One line of one retail transaction; bucket -1 holds the lines without a household.",
    ),
    _table(
        "other_transactions",
        "store_id lane_id sold_on transaction_id",
        """
        store_id text
        lane_id text
        sold_on date
        transaction_id text
        reason text  -- control, training, suspended, cancelled or post_void
        undoes_store_id text?  -- these four: the transaction a post-void takes back
        undoes_lane_id text?
        undoes_sold_on date?
        undoes_transaction_id text?
        known_from_on date
        """,
        note="Transactions of a lane that leave no lines; their numbers are used up.",
    ),
    _table(
        "products",
        "product_id",
        """
        product_id text
        vendor_id text
        department_id text
        category_id text?
        need_id text?
        brand_kind text  -- own or national
        size_text text
        name text  -- as printed; composed where the source has none
        name_composed boolean
        known_from_on date
        """,
    ),
    _table("households", "household_id", "household_id text\nname text\nknown_from_on date"),
    _table(
        "cards",
        "card_id household_id from_on",
        """
        card_id text
        household_id text?  -- null: nobody's, as a card the cashier lends
        from_on date  -- first day it is this household's
        until_on date?  -- first day it no longer is
        version integer  -- of the card; the newest replaces its other rows whole; 0 when the source has none
        known_from_on date
        """,
        versioned_by="card_id",
        note="Whose a card is from a day on. Of rows that hold on a day the one that began last decides; if two "
        "households' began on that same day, the card is shared, and nobody's.",
    ),
    _table(
        "prices",
        "store_id product_id from_on",
        "store_id text\nproduct_id text\nfrom_on date\nprice_cents integer\nknown_from_on date",
        note="Posted regular price of one unit from a day on.",
    ),
    _table(
        "promotions",
        "store_id product_id from_on display mailer",
        """
        store_id text
        product_id text
        from_on date
        until_on date
        display text  -- empty when not on display
        mailer text  -- empty when not in the mailer
        known_from_on date
        """,
        note="One row per place: a product may stand on two displays in one week.",
    ),
    _table(
        "campaigns",
        "campaign_id",
        "campaign_id text\nkind text\nfrom_on date\nuntil_on date\nknown_from_on date",
    ),
    _table(
        "targets",
        "campaign_id household_id",
        "campaign_id text\nhousehold_id text\nknown_from_on date",
        note="Households a coupon campaign was sent to.",
    ),
    _table(
        "coupons",
        "campaign_id coupon_id product_id",
        "campaign_id text\ncoupon_id text\nproduct_id text\nknown_from_on date",
    ),
    _table(
        "redemptions",
        "household_id campaign_id coupon_id redeemed_on",
        "household_id text\ncampaign_id text\ncoupon_id text\nredeemed_on date\nknown_from_on date",
    ),
    _table(
        "deals",
        "deal_id",
        """
        deal_id text
        name text
        vendor_id text
        kind text
        rungs text  -- JSON list of the levels' numbers
        funding_percent integer
        fee_cents integer
        department_id text?  -- these four choose the products: all that are given must match
        category_id text?
        need_id text?
        brand_kind text?
        product_ids text?  -- JSON list; instead of the four
        store_ids text?  -- JSON list; null for every store
        from_on date
        until_on date
        budget_cents integer?
        distributions_max integer?
        distributions_min integer
        make_good_cents integer
        thank_you boolean?  -- may cost more than it brings, out of its own budget
        exclusive boolean?  -- while it runs, no other vendor's deal is given on its needs
        state text
        synthetic boolean
        known_from_on date
        """,
    ),
    _table(
        "stock",
        "store_id product_id counted_on",
        "store_id text\nproduct_id text\ncounted_on date\nquantity_milli integer\nknown_from_on date",
    ),
    _table(
        "wishes",
        "household_id kind item_id",
        """
        household_id text
        kind text  -- no_offers, no_vendor, no_category, no_need, no_product or allow_tier
        item_id text  -- which one; empty for no_offers
        known_from_on date
        """,
        note="What households asked for: no offers, nothing of some goods, or goods kept for those who ask.",
    ),
    _table(
        "class_tiers",
        "department_id category_id need_id",
        "department_id text\ncategory_id text?\nneed_id text?\ntier text",
        note="Sensitive tier of each class of goods; made from the store's rules when products are loaded.",
    ),
    _table(
        "findings",
        "kind file line column rule raw",
        """
        kind text  -- table the file was read as
        file text  -- its name, without folders
        line integer  -- line, or row of a Parquet file, from 1
        column text  -- column of the table that the rule is about; empty for the whole line
        rule text
        message text
        raw text  -- the row as it stood, whole
        refused boolean  -- true when the row was kept out of its table; false when it was loaded and is only told
        format text  -- format the file was read as
        head text  -- what `raw` needs to be read again: a CSV file's first line; empty when it cannot be
        """,
        note="Rows that were refused or doubted and why; quarantine as a table.",
    ),
)
