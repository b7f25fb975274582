"""Tables of candidates and plans: what the allocator reads and writes, and what a plan freezes."""

from __future__ import annotations

from ._shapes import shape as _table

CANDIDATE_TABLES = (
    _table(
        "catalogue",
        "product_id",
        """
        product_id text
        vendor_id text
        department_id text
        category_id text  -- empty when the source has none
        need_id text
        brand_kind text
        tier text  -- sensitive tier, empty for the rest
        price_cents integer?  -- null when only packages of it were priced
        households integer  -- that bought it in 182 days
        """,
        note="Products of open tiers that are sold; offers are made of those that have a price.",
    ),
    _table(
        "offer_products",
        "offer_id product_id",
        "offer_id text\nproduct_id text\nneed_id text",
        note="What each offer covers, while a plan is made; of the offers of a plan its `plan_products` keeps it.",
    ),
    _table(
        "offer_needs",
        "offer_id need_id",
        "offer_id text\nneed_id text\nlead_product_id text\nshare double  -- of the need's buyers, 0..1",
        note="The needs an offer serves, and the product that speaks for it in each.",
    ),
    _table(
        "offer_leads",
        "offer_id",
        "offer_id text\nlead_product_id text\nprobability double  -- of a first purchase in a cycle",
        note="The product that speaks for an offer to households that buy neither it nor its need.",
    ),
    _table(
        "drawn_offers",
        "household_id offer_id",
        "household_id text\noffer_id text",
        note="Offers drawn at random for each household: what a held-out list, or a discovery, is taken from.",
    ),
    _table(
        "declined_items",
        "household_id kind item_id",
        "household_id text\nkind text  -- no_category, no_need or no_product\nitem_id text",
        note="Goods that households asked not to see on their lists.",
    ),
    _table(
        "scarce_products",
        "store_id product_id",
        "store_id text\nproduct_id text",
        note="Likely out of stock: counted lately, and less than what sells until a delivery could come.",
    ),
    _table(
        "idea_products",
        "store_id need_id",
        "store_id text\nneed_id text\ncategory_id text\nproduct_id text\nprice_cents integer",
        note="The product that speaks for a need in a store where a list suggests it.",
    ),
    _table("unprinted_tiers", "tier", "tier text", note="Sensitive tiers that are neither printed nor promoted."),
    _table(
        "repeat_tiers",
        "tier",
        "tier text",
        note="Sensitive tiers printed and promoted only where bought repeatedly.",
    ),
    _table(
        "category_habits",
        "household_id category_id",
        "household_id text\ncategory_id text",
        bucketed=True,
        note="Categories bought in on two days or more in 182 days, not long ago.",
    ),
    _table(
        "candidates",
        "household_id offer_id source item_id",
        """
        household_id text
        offer_id text
        source text  -- product (bought and covered), need (bought, another product) or new (drawn, bought or not)
        item_id text
        probability double  -- of buying what is covered in the cycle without the offer, for this reason
        need_probability double  -- of buying the need at all, whatever the product; 0 but for need reasons
        quantity integer  -- usual quantity on a day it is bought
        amount_cents integer  -- spent on the item in 182 days
        product_id text  -- what the list would show
        need_id text  -- its need
        price_cents integer  -- its posted price at the home store, else the chain's
        due boolean  -- what is shown stands on the household's list, or its need does
        days_bought integer?  -- of the need, in 182 days
        every_days integer?  -- usual gap between purchases of the need
        last_on date?  -- last purchase of the need
        product_days_bought integer  -- of what is shown, in 182 days
        own_brand_bought boolean  -- some own-brand product of the need, in 182 days
        """,
        bucketed=True,
        note="Why a household might use an offer, one row a reason.",
    ),
    _table(
        "scored_options",
        "household_id offer_id level",
        """
        household_id text
        offer_id text
        level integer
        value_micros integer  -- expected margin caused less markdown plus fee
        worth_micros integer  -- what is maximised: the value unless its money is declared, more if it stood last time
        response_sd_micros integer  -- how far the value may be off: the response presumed, alike for all households
        chance_sd_micros integer  -- and the household's own chance
        redemptions double  -- expected
        standing integer  -- 0 buys what it covers, 1 buys the need, 2 buys neither
        due boolean
        product_id text
        need_id text
        price_cents integer
        face_cents integer  -- at that price
        funding_cents integer
        days_bought integer?
        every_days integer?
        last_on date?
        product_days_bought integer
        own_brand_bought boolean
        """,
        bucketed=True,
        note="What the allocator may give, with what the list would print of it.",
    ),
)

PLAN_TABLES = (
    _table(
        "plan_households",
        "household_id",
        """
        household_id text
        slots_min integer
        slots_max integer
        face_min_micros integer
        face_max_micros integer
        """,
    ),
    _table(
        "plan_offers",
        "offer_id",
        """
        offer_id text
        category_id text
        vendor_id text
        distributions_min integer?
        distributions_max integer?
        vendor_budget_micros integer?
        """,
    ),
    _table(
        "plan_levels",
        "offer_id level",
        "offer_id text\nlevel integer\nface_micros integer\nfunding_micros integer",
    ),
    _table(
        "plan_options",
        "household_id offer_id level",
        """
        household_id text
        offer_id text
        level integer
        value_micros integer
        redemptions double
        excluded boolean
        """,
    ),
    _table("plan_limits", "scope id", "scope text\nid text\nmax_count integer?\nbudget_micros integer?"),
    _table("plan", "household_id offer_id level", "household_id text\noffer_id text\nlevel integer"),
    _table(
        "plan_grants",
        "grant_id",
        """
        grant_id text  -- list number and slot; unique within its plan
        household_id text
        offer_id text
        level integer
        slot integer  -- place on the list, from 1
        arm text  -- targeted or holdout
        vendor_id text
        product_id text  -- whose name and price stand on the list
        need_id text
        price_cents integer  -- posted price of one, as printed
        face_cents integer  -- what the shopper saves at the offer's own conditions, as printed
        funding_cents integer  -- what the vendor pays of it
        redemptions double  -- expected, assumption-based
        value_micros integer  -- expected margin caused less markdown plus fee, assumption-based
        kind text  -- due, usual, bought or suggestion
        reason_code text
        every_days integer?  -- usual gap between purchases of the need
        last_on date?  -- last purchase of the need
        cell text  -- the household's cell in the offer's category, as "national heavy"; empty if it buys none there
        discovery boolean  -- drawn at random among what the household does not buy, to learn
        draw_chance double?  -- chance with which a discovery was drawn; null for what was chosen
        from_on date
        until_on date
        """,
    ),
    _table(
        "plan_lists",
        "list_number",
        """
        household_id text
        list_number integer  -- by home store, then household hash: the order the post wants
        sequence integer  -- in the list code
        arm text
        tier text
        store_id text
        from_on date  -- when it and its grants hold
        until_on date
        face_cents integer  -- sum of the grants' face
        """,
    ),
    _table(
        "plan_lines",
        "household_id rank",
        """
        household_id text
        rank integer  -- by the forecast's rank, from 1
        need_id text
        product_id text  -- the household's favourite
        department_id text
        category_id text
        probability double
        quantity integer
        price_cents integer?
        price_seen_on date?
        every_days integer?
        last_on date?
        """,
        note="What each household is due to need: the list's items, frozen.",
    ),
    _table(
        "plan_ideas",
        "household_id rank",
        """
        household_id text
        rank integer  -- from 1
        need_id text  -- never bought by the household
        category_id text
        product_id text  -- most bought of the need, of what has a price in the household's store
        because_need_id text  -- bought by the household; lifts this need most
        because_category_id text
        price_cents integer
        """,
        note="What each household may like, at its ordinary price: the list's ideas, frozen.",
    ),
    _table(
        "plan_terms",
        "offer_id level",
        """
        offer_id text
        level integer
        deal_id text
        name text
        vendor_id text
        category_id text
        kind text
        amount_cents integer
        percent integer
        price_cents integer
        buy_quantity integer
        pay_quantity integer
        threshold_cents integer
        face_cents integer  -- as the plan reckons: at the dearest product of the offer
        funding_percent integer
        fee_cents integer
        brand_kind text  -- own, national or mixed
        synthetic boolean
        from_on date
        until_on date
        """,
        note="What each offer of the plan gives, frozen: enough for a till to honour it.",
    ),
    _table("plan_products", "offer_id product_id", "offer_id text\nproduct_id text"),
    _table(
        "plan_stores",
        "offer_id store_id",
        "offer_id text\nstore_id text",
        note="Stores of the offers that do not hold everywhere.",
    ),
    _table(
        "plan_waivers",
        "household_id rule",
        """
        household_id text
        rule text  -- slots_min, face_min_micros (by plan_levels) or face_printed_micros (as the list prints it)
        wanted integer
        had integer  -- what its list holds
        """,
        note="Minima a household's list falls short of. `plan_households` keeps them as they are wanted.",
    ),
    _table(
        "plan_guarantees",
        "offer_id",
        """
        offer_id text
        wanted integer  -- lists promised
        given integer
        most integer  -- of those promised, what arithmetic alone leaves possible
        make_good_cents integer?  -- agreed for each list that is missed; null where none is: then it goes before value
        owed_cents integer  -- for the lists that were missed
        outcome text  -- kept, impossible, make_good (lists worth more, or limits, came first) or in_conflict
        detail text  -- of what is impossible, why
        """,
        note="What became of each guarantee.",
    ),
    _table(
        "plan_conflicts",
        "scope id kind",
        """
        scope text  -- offer, vendor or store
        id text  -- all for the store
        kind text  -- budget_micros, distributions_max or distributions_min
        limit integer  -- micros or lists, less what was given before the lists were chosen
        """,
        note="Limits in each other's way where guarantees without a make-good price were missed.",
    ),
    _table(
        "plan_prices",
        "scope id kind",
        """
        scope text  -- offer, vendor or store
        id text  -- all for the store
        kind text  -- budget_micros, distributions_max or distributions_min
        limit integer  -- what was left for the chosen lists, micros or lists
        used integer  -- what they use of it
        price double  -- micros of value that one more micro, or list, would add; of a guarantee, what each costs
        """,
        note="What the limits came to be worth while the lists were chosen.",
    ),
    _table(
        "plan_capped",
        "household_id",
        "household_id text",
        note="Households that get the shallowest level alone, for they live on deals, by the store's cap.",
    ),
    _table(
        "plan_controls",
        "household_id offer_id",
        """
        household_id text
        offer_id text
        level integer
        share double  -- chance with which it was withheld
        """,
        note="Grants that were due and withheld by hash, so that an offer's own effect can be told; the household got "
        "its next best offer.",
    ),
    _table(
        "plan_misses",
        "household_id offer_id",
        "household_id text\noffer_id text\nreason_code text",
        bucketed=True,
        note="Offers with a reason that never became an option for a household, and why.",
    ),
    _table(
        "plan_campaigns",
        "household_id campaign_id",
        """
        household_id text
        campaign_id text
        arm text  -- lead, alternative or control
        brand_module text
        usage_module text
        sureness text
        status text  -- converted, resting, not_due, control or wanted
        given_before integer  -- offers of the campaign in earlier cycles
        rung integer  -- to be given, from 1; 0 for none
        offer_id text?  -- what it is given; null for nothing
        face_cents integer
        paid_cents integer  -- by the campaign's payer, should it be used
        redemptions double
        value_micros integer
        """,
        note="Members of campaigns, and what each campaign does for them.",
    ),
    _table(
        "plan_left_out",
        "deal_id place",
        """
        deal_id text
        place integer
        reason_code text
        detail text
        """,
        note="Deals and parts of deals that became no offer, and why.",
    ),
)
