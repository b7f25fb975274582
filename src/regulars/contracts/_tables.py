"""Every table, kept or only handed on: columns, types, units, grain. Ids are the source's own, as text; money is cents.

`known_from_on` is the first day the store could have known a row; whatever is built as of a day reads rows known
before it. Quantities are thousandths of a unit (`quantity_milli`), so that weighed goods add up exactly.
"""

from __future__ import annotations

from regulars.kernel import ContractError

from ._campaign_tables import CAMPAIGN_TABLES
from ._feature_tables import FEATURE_TABLES
from ._plan_tables import CANDIDATE_TABLES, PLAN_TABLES
from ._report_tables import REPORT_TABLES
from ._screen_tables import SCREEN_TABLES
from ._shapes import Table
from ._shapes import shape as _table
from ._source_tables import SOURCE_TABLES
from ._timing_tables import TIMING_TABLES

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
        expected_on date?  -- null where bought on fewer than three days in 182; 182 days after the day: then or later
        quantity integer  -- usual quantity on a day it is bought, units, >= 1
        rank integer  -- within household and level, from 1
        expected_on_low_80 date?  -- 182 days after the day stands for then or later, here and in the next three
        expected_on_high_80 date?
        expected_on_low_50 date?
        expected_on_high_50 date?
        """,
        bucketed=True,
    ),
)

_FORECAST_FILE = (
    _table(
        "need_names",
        "need_id category_id",
        "need_id text\ncategory_id text\nname text",
        note="As people write them.",
    ),
    _table(
        "forecast_export",
        "household_id level rank",
        """
        household_id text
        level text
        item_id text
        probability double  -- in a CSV file rounded to four digits
        expected_on date?  -- as in forecast; in a CSV file empty where it is then or later
        quantity integer
        rank integer
        expected_on_low_80 date?  -- these four in a CSV file empty where they are 182 days after as_of_on, or later
        expected_on_high_80 date?
        expected_on_low_50 date?
        expected_on_high_50 date?
        name text  -- of the need or the product, as a person writes it
        then_or_later boolean  -- whether expected_on stands for 182 days after as_of_on, or later
        as_of_on date  -- first day of the window
        window_days integer
        method text
        """,
        note="What `forecast run --out FILE` writes.",
    ),
)

_WORKING = (
    _table("lines_span", "lines", "lines integer\nfirst_on date?\nlast_on date?", note="One row: what there is."),
    _table("history_start", "first_on", "first_on date?", note="One row: since when lines are known by a day."),
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
        "judged_new_needs",
        "household_id need_id",
        "household_id text\nneed_id text\nrank integer\nprobability double\nbought boolean",
        bucketed=True,
        note="What eligible households had never bought, beside what happened.",
    ),
    _table(
        "judged_households",
        "household_id level",
        "household_id text\nlevel text\ntargets integer  -- distinct items bought in the window",
        bucketed=True,
    ),
)

_ALL = (
    *SOURCE_TABLES,
    *_PROFILES,
    *_WORKING,
    *_FORECAST,
    *_FORECAST_FILE,
    *FEATURE_TABLES,
    *CAMPAIGN_TABLES,
    *CANDIDATE_TABLES,
    *PLAN_TABLES,
    *REPORT_TABLES,
    *SCREEN_TABLES,
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
