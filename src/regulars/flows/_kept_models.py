"""Every model the registry keeps, of methods and beside them: facts, which forecasts use it, whether it is whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from regulars import __version__
from regulars.kernel import digest_of
from regulars.predict import METHODS

from ._files import damaged_file
from ._names import snapshot, snapshot_days
from ._ports import Warehouse

_FOLDER = "models"


@dataclass(frozen=True)
class KeptModel:
    """One model as `forecast models` shows it; what an earlier release did not note is None.

    Args:
        model: Name of the method, or of what was learnt beside it: ``need-days``, ``shopping``, ``coupons``.
        trained_until_on: The day before which everything it learnt from lies.
        trained_from_on: First day it learnt from.
        version: Version of Regulars that fitted it.
        settings: Digest of its settings.
        rows: Rows it learnt from.
        losses: Log-loss by what was judged: ``new`` the model itself, ``before`` the model of a cycle ago, ``counts``
            a decayed count. Empty where nothing was judged.
        good: Whether it was fit for use.
        used_on: Days whose forecast was made with it.
        instead: What the forecast of its own day was made with instead, as ``method of day``; else empty.
        compared: Whether a forecast was made with it, or in its place, to set it beside the store's method.
        size_bytes: Bytes of its files.
        whole: Whether its files are there and their bytes are those that were published.
        checksum: Digest of its bytes as published.
    """

    model: str
    trained_until_on: date
    trained_from_on: date | None
    version: str | None
    settings: str | None
    rows: int | None
    losses: dict[str, float]
    good: bool | None
    used_on: list[date] = field(default_factory=list)
    instead: str = ""
    compared: bool = False
    size_bytes: int = 0
    whole: bool = True
    checksum: str = ""


def model_facts(
    *,
    made_from: str,
    trained_from_on: date,
    settings: str,
    rows: int,
    losses: Mapping[str, float] | None = None,
    good: bool = True,
) -> dict[str, str]:
    """What is remembered about a model in the manifest.

    Args:
        made_from: Digest of all that went in.
        trained_from_on: First day it learnt from.
        settings: All that shapes what is learnt besides the rows, as text.
        rows: Rows it learnt from.
        losses: Log-loss by what was judged, where it was.
        good: Whether it is fit for use.
    """
    return {
        "made_from": made_from,
        "trained_from_on": trained_from_on.isoformat(),
        "version": __version__,
        "settings": digest_of(settings)[:16],
        "rows": str(rows),
        "losses": json.dumps(losses or {}, sort_keys=True),
        "good": "yes" if good else "no",
    }


def kept_models(warehouse: Warehouse) -> list[KeptModel]:
    """Every model that is kept, by name and day; each file is read whole to compare its checksum."""
    used = _used(warehouse)
    found = []
    for dataset in warehouse.datasets():
        folder, _, rest = dataset.partition("/")
        name, _, day = rest.partition("/")
        if folder == _FOLDER and day:
            found.append(_kept(warehouse, dataset, name, date.fromisoformat(day), used))
    return found


def _kept(
    warehouse: Warehouse, dataset: str, name: str, until_on: date, used: Mapping[date, tuple[str, date]]
) -> KeptModel:
    facts = warehouse.properties(dataset)
    files = warehouse.files(dataset)
    good = {"yes": True, "no": False}.get(facts.get("good", ""))
    used_on = [day for day, chosen in used.items() if chosen == (name, until_on)]
    instead = ""
    if name in METHODS:
        chosen = used.get(until_on, (name, until_on))
        instead = "" if chosen == (name, until_on) else f"{chosen[0]} of {chosen[1]}"
    elif name != "coupons" and until_on in used:
        used_on = [until_on]
    return KeptModel(
        model=name,
        trained_until_on=until_on,
        trained_from_on=date.fromisoformat(facts["trained_from_on"]) if "trained_from_on" in facts else None,
        version=facts.get("version"),
        settings=facts.get("settings"),
        rows=int(facts["rows"]) if "rows" in facts else None,
        losses=json.loads(facts.get("losses", "{}")),
        good=good,
        used_on=used_on,
        instead=instead,
        compared=warehouse.has(snapshot(until_on, f"forecast-by-{name}")),
        size_bytes=sum(file.path.stat().st_size for file in files if file.path.is_file()),
        whole=damaged_file(files) is None,
        checksum=digest_of(*(file.sha256 for file in files)),
    )


def _used(warehouse: Warehouse) -> dict[date, tuple[str, date]]:
    """The method and training end each day's forecast was made with."""
    used = {}
    for day in snapshot_days(warehouse.datasets(), "forecast"):
        facts = warehouse.properties(snapshot(day, "forecast"))
        if "method" in facts:
            used[day] = (facts["method"], date.fromisoformat(facts.get("trained_until_on", day.isoformat())))
    return used
