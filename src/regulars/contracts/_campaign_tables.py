"""Tables of cells and campaigns: who stands where, who moved, what campaigns look at."""

from __future__ import annotations

from ._shapes import shape as _table

CAMPAIGN_TABLES = (
    _table(
        "household_cells_before",
        "household_id category_id",
        """
        household_id text
        category_id text
        brand_module text
        usage_module text
        sureness text
        """,
        bucketed=True,
        note="`household_cells` as of an earlier day.",
    ),
    _table(
        "cell_moves",
        "category_id brand_before usage_before brand_after usage_after",
        """
        category_id text
        brand_before text  -- empty when the household did not buy in the category then
        usage_before text
        brand_after text
        usage_after text
        households integer
        households_sure integer  -- that bought on three days or more, on both sides
        """,
        note="Who moved between the nine cells of a category from one day to another.",
    ),
    _table(
        "cell_counts",
        "category_id brand_module usage_module sureness",
        """
        category_id text
        brand_module text
        usage_module text
        sureness text
        households integer
        amount_cents integer
        """,
        note="The nine cells of each category, split by how sure they are.",
    ),
    _table(
        "running_campaigns",
        "campaign_id",
        "campaign_id text\ncategory_id text",
        note="Campaigns that give offers in the cycle.",
    ),
    _table(
        "campaign_products",
        "campaign_id product_id",
        """
        campaign_id text
        product_id text
        need_id text
        wanted boolean  -- what the campaign wants bought
        rival boolean  -- what it wants given up
        """,
        note="The goods a campaign looks at.",
    ),
    _table(
        "campaign_given",
        "household_id campaign_id",
        "household_id text\ncampaign_id text\ntimes integer\nfirst_on date",
        note="Offers a campaign gave in applied plans of earlier cycles.",
    ),
    _table(
        "campaign_buyers",
        "household_id campaign_id",
        """
        household_id text
        campaign_id text
        brand_module text
        usage_module text
        sureness text
        given_before integer  -- offers of the campaign in earlier cycles
        last_on date?  -- last purchase of the campaign's goods in 182 days
        amount_cents integer  -- spent on them
        wanted_cents integer  -- of that, on what is wanted
        rival_cents integer  -- and on what is to be given up
        expected_on date?  -- when the first of the needs is expected, whatever the product
        wanted_days_since integer  -- days on which the wanted was bought since the first offer
        other_days_since integer
        """,
        bucketed=True,
        note="Households with a cell in a campaign's category, and what the campaign looks at in them.",
    ),
)
