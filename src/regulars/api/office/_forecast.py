"""Forecast: of what we said, this came true."""

from __future__ import annotations

from datetime import date

from fastapi import HTTPException, Request, Response

from regulars.bootstrap.office import forecast_shown
from regulars.flows.views import DriftRow, JudgedBin, JudgedLevel, JudgedPart

from ._export import exported
from ._render import office_of, page
from ._route import office_router

router = office_router()


@router.get("/forecast", name="forecast")
def forecast(request: Request, day: date | None = None) -> Response:
    """How the forecasts do."""
    view = forecast_shown(office_of(request), day)
    if view is None:
        raise HTTPException(404)
    judged = view.judged
    tables = {
        "bins": (judged.bins if judged else (), JudgedBin),
        "departments": (judged.departments if judged else (), JudgedPart),
        "levels": (judged.levels if judged else (), JudgedLevel),
        "drift": (view.drift, DriftRow),
    }
    return exported(request, "forecast", tables) or page(request, "forecast.html", view=view)
