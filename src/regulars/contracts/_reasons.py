"""Why a line is on a list, why an offer was given, and why one was not: codes, in order of precedence."""

from __future__ import annotations

from enum import StrEnum


class ReasonCode(StrEnum):
    """One code per reason; the first that applies is the one that is told.

    Codes that begin with ``no_`` say why an offer or a line was left out.
    """

    NO_CLOSED_TIER = "no_closed_tier"
    NO_NEVER_PRINTED = "no_never_printed"
    NO_NOT_BOUGHT_BEFORE = "no_not_bought_before"
    NO_OPTED_OUT = "no_opted_out"
    NO_OUTSIDE_DATES = "no_outside_dates"
    NO_OTHER_STORE = "no_other_store"
    NO_STOCK = "no_stock"
    NO_PRICE = "no_price"
    NO_ABOVE_PRICE = "no_above_price"
    NO_DEPENDENCE = "no_dependence"
    NO_UNLIKELY = "no_unlikely"
    NO_LOSS = "no_loss"
    NO_ALIKE = "no_alike"
    NO_CATEGORY_FULL = "no_category_full"
    NO_WITHHELD = "no_withheld"
    NO_BUDGET = "no_budget"
    NO_FACE_FULL = "no_face_full"
    NO_SLOT = "no_slot"
    DUE_BY_HABIT = "due_by_habit"
    DUE_STAPLE = "due_staple"
    BOUGHT_PRODUCT = "bought_product"
    BOUGHT_NEED = "bought_need"
    OWN_BRAND_TRIAL = "own_brand_trial"
    BRAND_TRIAL = "brand_trial"
    ALSO_BOUGHT = "also_bought"
    DISCOVERY = "discovery"
    UNTARGETED = "untargeted"
