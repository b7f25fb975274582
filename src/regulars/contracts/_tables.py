"""Every table of the warehouse: columns, types, units, grain. Ids are the source's own, as text; money is cents.

`known_from_on` is the first day the store could have known a row; whatever is built as of a day reads rows known
before it. Quantities are thousandths of a unit (`quantity_milli`), so that weighed goods add up exactly.
"""

from __future__ import annotations

from regulars.kernel import ContractError

from ._campaign_tables import CAMPAIGN_TABLES
from ._feature_tables import FEATURE_TABLES
from ._plan_tables import CANDIDATE_TABLES, PLAN_TABLES
from ._report_tables import REPORT_TABLES
from ._shapes import Table
from ._shapes import shape as _table
from ._timing_tables import TIMING_TABLES

_SOURCES = (
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
        note="What households asked for: no offers, none of some goods, or goods kept for those who ask.",
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

_PROFILES = (
    _table(
        "open_lines",
        "store_id lane_id sold_on transaction_id line_number",
        """
        household_id text
        store_id text
        lane_id text
        sold_on date
        transaction_id text
        line_number integer
        product_id text
        need_id text
        category_id text  -- empty when the source has none
        department_id text
        brand_kind text
        tier text  -- sensitive tier, empty for the rest
        quantity_milli integer
        amount_cents integer
        regular_cents integer  -- amount plus the store's own price reductions
        """,
        bucketed=True,
        note="Lines of known merchandise outside closed tiers, positive, known before the day; all that profiles, "
        "forecast and list ever see.",
    ),
    _table(
        "household_value",
        "household_id",
        """
        household_id text
        spend_window_cents integer  -- all merchandise of the window, closed tiers and unknown too
        weekly_spend_cents integer
        trips_window integer
        trips_182 integer
        first_on date
        last_on date
        home_store_id text  -- of most trips in 182 days, then of most trips ever, then smallest id
        eligible boolean
        """,
        bucketed=True,
    ),
    _table(
        "household_products",
        "household_id product_id",
        """
        household_id text
        product_id text
        need_id text
        category_id text
        days_bought integer  -- distinct days in 182 days
        first_on date  -- ever; what follows concerns the 182 days
        last_on date
        quantity_milli integer
        amount_cents integer
        gap_days_sum integer  -- days between the first and the last of these days
        decayed_weight integer  -- sum over all days ever of 0.5^(age / half-life), times 2^30
        """,
        bucketed=True,
        note="What each household bought in the 182 days before the day.",
    ),
    _table(
        "household_needs",
        "household_id need_id",
        """
        household_id text
        need_id text
        days_bought integer
        first_on date
        last_on date
        quantity_milli integer
        amount_cents integer
        gap_days_sum integer
        decayed_weight integer
        favourite_product_id text  -- greatest decayed weight, then latest, then smallest id
        """,
        bucketed=True,
    ),
    _table(
        "household_cells",
        "household_id category_id",
        """
        household_id text
        category_id text
        brand_module text  -- national, switcher or own
        usage_module text  -- light, medium or heavy
        sureness text  -- few (bought on 1 or 2 days), some (3 to 5) or many
        days_bought integer  -- distinct days in 182 days
        lines integer
        own_amount_cents integer
        amount_cents integer
        """,
        bucketed=True,
    ),
    _table(
        "shelf_prices",
        "store_id product_id",
        """
        store_id text
        product_id text
        price_cents integer  -- latest regular price of one unit
        seen_on date
        source text  -- posted (price file) or till (latest regular unit price rung up)
        """,
    ),
    _table(
        "product_facts",
        "product_id",
        """
        product_id text
        households integer  -- that bought it in 182 days
        amount_cents integer
        price_cents integer?  -- of the chain: latest regular unit price anywhere; null when only packages were priced
        seen_on date?
        price_varies boolean  -- every package has its own price: sold by weight
        """,
    ),
)

_FORECAST = (
    _table(
        "forecast",
        "household_id level item_id",
        """
        household_id text
        level text  -- product or need
        item_id text
        probability double  -- of buying it at least once within the days asked for
        expected_on date?  -- null where it was bought on fewer than three days in 182
        quantity integer  -- usual quantity on a day it is bought, units, >= 1
        rank integer  -- within household and level, from 1
        expected_on_low_80 date?
        expected_on_high_80 date?
        expected_on_low_50 date?
        expected_on_high_50 date?
        """,
        bucketed=True,
    ),
)

_WORKING = (
    _table("lines_span", "lines", "lines integer\nfirst_on date?\nlast_on date?", note="One row: what there is."),
    _table("population", "households", "households integer\nhouseholds_eligible integer", note="One row."),
    _table("store_departments", "department_id", "department_id text\nmerchandise boolean"),
    _table("closed_tiers", "tier", "tier text"),
    _table(
        "decay_weights",
        "age_days",
        "age_days integer\nweight integer  -- 0.5^(age / half-life), times 2^30, rounded",
    ),
    _table(
        "product_classes",
        "product_id",
        """
        product_id text
        department_id text
        category_id text  -- empty when the source has none
        need_id text  -- empty when the source has none
        brand_kind text
        tier text  -- sensitive tier, empty for the rest
        reaches_profiles boolean  -- merchandise with a need, in no closed tier
        counts_as_spend boolean  -- merchandise, or in a closed tier
        """,
        note="What the store's settings say of each known product; the only place that reads them.",
    ),
    _table(
        "household_categories",
        "household_id category_id",
        """
        household_id text
        category_id text
        lines integer
        days_bought integer
        own_amount_cents integer
        amount_cents integer
        """,
        bucketed=True,
    ),
    _table(
        "category_cuts",
        "category_id",
        """
        category_id text
        households integer  -- that bought in the category in 182 days
        light_max_cents integer  -- spending up to this is light use
        medium_max_cents integer  -- and up to this medium use
        """,
    ),
    _table(
        "till_prices",
        "store_id product_id",
        "store_id text\nproduct_id text\nprice_cents integer\nseen_on date",
        note="Latest regular unit price rung up in one bucket.",
    ),
    _table(
        "price_counts",
        "product_id price_cents",
        "product_id text\nprice_cents integer  -- regular price of one unit\nlines integer",
        note="How often each regular unit price was rung up in 182 days, in one bucket.",
    ),
    _table(
        "price_spreads",
        "product_id",
        "product_id text\nlines integer  -- in 182 days\nprice_varies boolean",
        note="Whether what is rung up for one of a product says what the next one costs.",
    ),
    _table(
        "bought_items", "household_id level item_id", "household_id text\nlevel text\nitem_id text", bucketed=True
    ),
    _table(
        "forecast_items",
        "household_id level item_id",
        """
        household_id text
        level text
        item_id text
        days_bought integer
        last_on date
        quantity_milli integer
        decayed_weight integer
        """,
        bucketed=True,
        note="What a method may look at, one row an item to be forecast.",
    ),
    _table(
        "training_items",
        "household_id level item_id",
        """
        household_id text
        level text
        item_id text
        days_bought integer
        last_on date
        quantity_milli integer
        decayed_weight integer
        bought integer  -- 1 when bought in the window that followed, else 0
        """,
        bucketed=True,
        note="Forecast items of eligible households as of an earlier day whose window has closed.",
    ),
    _table(
        "calibration_curve",
        "level score",
        "level text\nscore integer\nprobability double  -- of buying within 14 days; linear between the rows",
        note="What the decayed count has learnt; the dataset `models/decayed-count/<day its training ended>`.",
    ),
    _table(
        "scored_items",
        "household_id level item_id",
        """
        household_id text
        level text
        item_id text
        probability double
        expected_on date?
        quantity integer
        days_bought integer
        last_on date
        decayed_weight integer
        expected_on_low_80 date?
        expected_on_high_80 date?
        expected_on_low_50 date?
        expected_on_high_50 date?
        """,
        bucketed=True,
        note="The forecast before it is ranked.",
    ),
    _table(
        "judged_items",
        "household_id level item_id",
        "household_id text\nlevel text\nitem_id text\nrank integer\nprobability double\nbought boolean",
        bucketed=True,
        note="The forecast of eligible households beside what happened.",
    ),
    _table(
        "judged_households",
        "household_id level",
        "household_id text\nlevel text\ntargets integer  -- distinct items bought in the window",
        bucketed=True,
    ),
)

_ALL = (
    *_SOURCES,
    *_PROFILES,
    *_WORKING,
    *_FORECAST,
    *FEATURE_TABLES,
    *CAMPAIGN_TABLES,
    *CANDIDATE_TABLES,
    *PLAN_TABLES,
    *REPORT_TABLES,
    *TIMING_TABLES,
)

TABLES: dict[str, Table] = {entry.name: entry for entry in _ALL}
"""Every table by name."""


def table(name: str) -> Table:
    """The contract of a table.

    Raises:
        ContractError: There is no table of that name; the message lists those there are.
    """
    try:
        return TABLES[name]
    except KeyError:
        raise ContractError(f"there is no table {name!r}; there are {', '.join(sorted(TABLES))}") from None
