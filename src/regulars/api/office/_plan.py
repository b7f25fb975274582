"""Plan: where the money goes, how limits are used, what more would bring, near misses, two plans beside each other."""

from __future__ import annotations

from fastapi import Request, Response

from regulars.bootstrap.office import (
    plan_curves,
    plan_money_now,
    plan_shown,
    plans_beside,
    plans_to_show,
    shown_plan,
)
from regulars.contracts import LimitUse, MoneyRow
from regulars.flows import BudgetCurve, BudgetTotal
from regulars.flows.views import ArmRow, LeftOut, MissCount, MoneyChange, PlanChoice, PriceRow

from ._export import exported
from ._render import office_of, page
from ._route import office_router

router = office_router()
SHOWN = 15


@router.get("/plan", name="plan")
def plan(request: Request, id: str = "") -> Response:  # noqa: A002 - the name in the address
    """One plan."""
    office = office_of(request)
    choices = plans_to_show(office)
    if not choices:
        return page(request, "plan_none.html")
    plan_id = shown_plan(office, id)
    figures = plan_shown(office, plan_id)
    standing = next(one for one in choices if one.plan_id == plan_id)
    money = plan_money_now(office, plan_id) if standing.applied_at else None
    shown, curves = figures.shown, plan_curves(office, plan_id)
    tables = {
        "vendors": (shown.vendors, MoneyRow),
        "offers": (shown.offers, MoneyRow),
        "tiers": (shown.tiers, MoneyRow),
        "cells": (shown.cells, MoneyRow),
        "arms": (shown.arms, ArmRow),
        "limits": (shown.limits, LimitUse),
        "prices": (figures.prices, PriceRow),
        "misses": (figures.misses, MissCount),
        "left-out": (figures.left_out, LeftOut),
        "curve-rows": (curves or (), BudgetCurve),
        "money": (money.limits if money else (), BudgetTotal),
        "plans": (choices, PlanChoice),
    }
    return exported(request, f"plan-{plan_id}", tables) or page(
        request,
        "plan.html",
        found=figures,
        shown=shown,
        standing=standing,
        choices=choices,
        money=money,
        curves=curves,
        most=SHOWN,
    )


@router.get("/plan/beside", name="plan_beside")
def plan_beside(request: Request, before: str = "", after: str = "") -> Response:
    """What changed between two plans."""
    diff = plans_beside(office_of(request), before, after)
    tables = {"vendors": (diff.vendors, MoneyChange), "offers": (diff.offers, MoneyChange)}
    return exported(request, "plans", tables) or page(request, "plan_beside.html", diff=diff, most=SHOWN)
