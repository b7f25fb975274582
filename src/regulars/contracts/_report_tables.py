"""Tables of the report page: counts and sums small enough for one page, whatever the size of the store."""

from __future__ import annotations

from ._shapes import shape as _table

REPORT_TABLES = (
    _table(
        "report_data",
        "lines",
        """
        lines integer  -- known before the day
        cardless_lines integer
        unknown_product_lines integer
        days integer  -- with at least one line
        first_on date?
        last_on date?
        stores integer
        products integer
        sales_cents integer  -- merchandise, closed tiers and unknown products too
        card_sales_cents integer
        """,
        note="One row: what the page was made from.",
    ),
    _table(
        "layout_sections",
        "department_id category_id",
        "department_id text\ncategory_id text  -- empty for the rest of the department\ntitle text",
        note="Under which title of the page each class of goods stands.",
    ),
    _table(
        "report_needs",
        "need_id category_id title",
        "need_id text\ncategory_id text\ntitle text\nhouseholds integer",
        note="Lists a need stands on, by section of the store.",
    ),
    _table(
        "report_departments",
        "title",
        "title text\ndue_needs integer\nhouseholds integer",
        note="Due needs of a section of the store, and the lists with at least one.",
    ),
    _table(
        "report_cells",
        "category_id brand_module usage_module",
        "category_id text\nbrand_module text\nusage_module text\nhouseholds integer\namount_cents integer",
        note="The nine cells of every category that may be printed.",
    ),
    _table(
        "report_money",
        "vendor_id tier kind arm",
        """
        vendor_id text
        tier text
        kind text
        arm text
        specials integer
        face_cents integer
        redemption_steps integer  -- expected redemptions, in steps
        face_steps integer  -- expected savings, cents times steps
        funding_steps integer  -- what vendors pay of it, cents times steps
        """,
        note="Where a plan's offer money goes.",
    ),
    _table(
        "report_offers",
        "offer_id arm",
        """
        offer_id text
        arm text
        vendor_id text
        lists integer
        funding_steps integer  -- vendor money as the plan reckons, cents times steps
        store_steps integer  -- store money as the plan reckons, cents times steps
        """,
        note="What a plan uses of each offer.",
    ),
    _table(
        "report_lists",
        "list_number",
        """
        list_number integer
        household_id text
        arm text
        due_needs integer
        specials integer
        face_cents integer
        """,
        note="How full each list is.",
    ),
    _table("report_findings", "rule", "rule text\nrows integer"),
)
