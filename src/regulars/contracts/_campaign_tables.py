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
        "household_deals",
        "household_id",
        """
        household_id text
        amount_cents integer  -- spent in the 182 days before the day
        deal_cents integer  -- of that, below the regular price
        amount_before_cents integer  -- spent in the 182 days before those
        deal_before_cents integer
        """,
        bucketed=True,
        note="How much of what a household buys is on deal, and was.",
    ),
    _table(
        "daily_needs",
        "need_id",
        """
        need_id text
        households integer  -- eligible ones that buy it
        amount_cents integer  -- what they spend on it in 182 days
        days_bought integer  -- all together
        """,
        note="Needs that three in ten eligible households buy.",
    ),
    _table(
        "household_wallet",
        "household_id",
        """
        household_id text
        daily_needs_bought integer
        wallet_percent integer  -- estimated share of its daily goods bought here, 0 to 100
        """,
        bucketed=True,
        note="Estimated share of wallet.",
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
        "campaign_enrolled",
        "household_id campaign_id",
        "household_id text\ncampaign_id text\ncategory_id text\nenrolled_on date",
        note="Households since the day a campaign wanted to give them something, or would but for control.",
    ),
    _table(
        "campaign_sales",
        "household_id campaign_id department_id brand_kind",
        """
        household_id text
        campaign_id text
        department_id text
        brand_kind text
        amount_cents integer
        """,
        note="What enrolled households bought in a campaign's category since.",
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
        due_in_days integer?  -- until the first of the needs comes round, whatever the product; negative when overdue
        wanted_days_since integer  -- days on which the wanted was bought since the first offer
        other_days_since integer
        """,
        bucketed=True,
        note="Households with a cell in a campaign's category, and what the campaign looks at in them.",
    ),
)
