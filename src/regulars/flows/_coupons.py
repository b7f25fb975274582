"""How households answer coupons: learnt from the loaded campaigns that have closed, asked for any other coupons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from regulars import __version__
from regulars.contracts import Assumptions
from regulars.kernel import CYCLE_DAYS, ModelError, digest_of
from regulars.predict import (
    COUPON_PRIOR_PAIRS,
    COUPON_SETTINGS,
    STANDINGS,
    CouponModel,
    CouponRate,
    coupon_chances,
    coupon_model_of,
    coupon_parts,
    coupon_standings,
    fit_coupons,
    predict_step,
)

from ._data import data_status
from ._files import damaged_file, is_current
from ._kept_models import model_facts
from ._names import snapshot
from ._ports import Engine, Progress, Publication, Warehouse
from ._rows import read_rows
from ._step_files import StepFiles

_SOURCES = ("campaigns", "targets", "coupons", "redemptions")
_ASKED = "asked"


@dataclass(frozen=True)
class CouponReport:
    """What is known of how households answer coupons.

    Args:
        as_of_on: Nothing sold, sent or used on or after it was used.
        campaigns: Closed campaigns it was learnt from.
        by_trees: Whether enough coupons were used to tell households apart; else each standing has one rate.
        rates: How often coupons were used, by how a household stands to them; the cautious prior mixed in.
        built: False when the same was learnt already.
        raw: Share used of those sent, by standing; None where none was sent.
        assumed: The cautious prior, by standing.
        prior_pairs: Coupons sent that the prior counts as, of each standing.
        method: ``boosted-trees`` where enough were used, else ``rates``.
        closed: Campaigns that closed before the day and were known by then, learnt from or not.
        too_early: Those of them that began before anything was sold by the till lines, so that they teach nothing.
        lines_from_on: Day of the first till line; None without one.
    """

    as_of_on: date
    campaigns: int
    by_trees: bool
    rates: dict[str, CouponRate]
    built: bool
    raw: dict[str, float | None]
    assumed: dict[str, float]
    prior_pairs: int
    method: str
    closed: int = 0
    too_early: tuple[str, ...] = ()
    lines_from_on: date | None = None


def coupon_model_dataset(as_of_on: date) -> str:
    """Dataset of what coupons taught by a day."""
    return f"models/coupons/{as_of_on.isoformat()}"


def learn_coupons(
    warehouse: Warehouse, engine: Engine, assumptions: Assumptions, *, as_of_on: date, progress: Progress
) -> CouponReport:
    """Learn from the campaigns that closed before a day, unless that was done already.

    The day's profiles must have been built.

    Args:
        warehouse: Holds lines and profiles, and may hold `campaigns`, `targets`, `coupons` and `redemptions`.
        engine: Runs the SQL.
        assumptions: What is presumed of coupons where nothing was seen.
        as_of_on: The day.
        progress: Told of each household bucket.

    Raises:
        StoreError: The disk failed; nothing was published.
    """
    dataset = coupon_model_dataset(as_of_on)
    prior = {
        "known": assumptions.redemption_known,
        "need": assumptions.redemption_need,
        "new": assumptions.redemption_new,
    }
    read = [snapshot(as_of_on, "open_lines"), snapshot(as_of_on, "product_classes"), "lines", *_SOURCES]
    made_from = digest_of(
        as_of_on,
        COUPON_SETTINGS,
        repr(prior),
        __version__,
        predict_step("coupon_pairs").text,
        *(file.sha256 for name in read for file in warehouse.files(name)),
    )
    built = not is_current(warehouse, dataset, made_from)
    if built:
        with warehouse.scratch() as folder, progress.step("coupons", warehouse.buckets) as step:
            tables = StepFiles(engine, folder, {"as_of_on": as_of_on})
            for name in _SOURCES:
                tables.give(name, warehouse.files(name))
            _give_profiles(tables, warehouse, as_of_on)
            found = []
            for bucket in range(warehouse.buckets):
                found.append(tables.query(predict_step("coupon_pairs"), bucket=bucket))
                step.advance()
            with progress.step("coupons: learning how households answer"):
                parts = coupon_parts(fit_coupons(found, prior))
            tables.give_rows("model_parts", pa.table({"name": list(parts), "text": list(parts.values())}))
            tables.build(predict_step("model_parts"))
            files = tables.built("model_parts")
            facts = model_facts(
                made_from=made_from,
                trained_from_on=_first_sent_on(warehouse, as_of_on),
                settings=COUPON_SETTINGS,
                rows=sum(pc.sum(pairs["closed"].cast(pa.int64())).as_py() or 0 for pairs in found),
            )
            warehouse.publish(Publication({dataset: files}, {dataset: facts}))
    model = read_coupon_model(warehouse, as_of_on)
    closed, from_on = _closed_campaigns(warehouse, as_of_on), _lines_from_on(warehouse)
    return CouponReport(
        as_of_on,
        model.campaigns,
        bool(model.trees),
        dict(model.rates),
        built,
        raw={name: rate.used / rate.sent if rate.sent else None for name, rate in model.rates.items()},
        assumed=prior,
        prior_pairs=round(COUPON_PRIOR_PAIRS),
        method="boosted-trees" if model.trees else "rates",
        closed=len(closed),
        too_early=tuple(sorted(row["campaign_id"] for row in closed if _too_early(row, from_on))),
        lines_from_on=from_on,
    )


def read_coupon_model(warehouse: Warehouse, as_of_on: date) -> CouponModel:
    """What coupons taught by a day.

    Raises:
        ModelError: `learn_coupons` was not run as of the day, or what it learnt is damaged.
    """
    files = warehouse.files(coupon_model_dataset(as_of_on))
    rows = [] if damaged_file(files) else read_rows(files, "model_parts").to_pylist()
    if not rows:
        raise ModelError(f"nothing was learnt from coupons by {as_of_on}", hint="run `regulars forecast coupons`")
    return coupon_model_of({row["name"]: row["text"] for row in rows})


def with_learnt_response(warehouse: Warehouse, assumptions: Assumptions, as_of_on: date) -> Assumptions:
    """Assumptions by which offers are used as often as coupons of closed campaigns were, by standing.

    Where little was sent, what is assumed weighs most: it counts as `COUPON_PRIOR_PAIRS` coupons sent. Where no
    campaign had closed, the assumptions stay the store's own.

    Args:
        warehouse: Holds what coupons taught as of the day.
        assumptions: The store's own.
        as_of_on: The day.

    Raises:
        ModelError: `learn_coupons` was not run as of the day, or what it learnt is damaged.
    """
    model = read_coupon_model(warehouse, as_of_on)
    if not model.campaigns:
        return assumptions
    rates = model.rates
    return replace(
        assumptions,
        label=f"{assumptions.label}; use of offers as coupons of campaigns closed before {as_of_on} were used",
        redemption_known=rates["known"].rate,
        redemption_need=rates["need"].rate,
        redemption_new=rates["new"].rate,
        learnt_until_on=as_of_on,
    )


def with_newest_response(warehouse: Warehouse, assumptions: Assumptions, as_of_on: date) -> Assumptions:
    """The same from what coupons had taught last by a day; what is assumed, where that is nothing.

    Args:
        warehouse: May hold what coupons taught as of days.
        assumptions: The store's own.
        as_of_on: The day.

    Raises:
        ModelError: What was learnt is damaged.
    """
    learnt = [day for day in _days_learnt(warehouse) if day <= as_of_on]
    return with_learnt_response(warehouse, assumptions, max(learnt)) if learnt else assumptions


def coupon_answers(
    warehouse: Warehouse, engine: Engine, offers: pa.Table, *, as_of_on: date
) -> Iterator[tuple[int, pa.Table]]:
    """The chance that each household with history would use each offer, were it a coupon sent to it on the day.

    Args:
        warehouse: Holds the profiles and what coupons taught as of the day.
        engine: Runs the SQL.
        offers: Columns `offer_id` and `product_id`, one row a product an offer covers.
        as_of_on: The day.

    Yields:
        Household bucket, and a table of `household_id`, `offer_id`, `standing` (of `STANDINGS`) and `probability`,
        sorted.
    """
    model = read_coupon_model(warehouse, as_of_on)
    eve = as_of_on - timedelta(days=1)
    known = pa.array([eve] * len(offers), pa.date32())
    same = pa.array([_ASKED] * len(offers), pa.string())
    with warehouse.scratch() as folder:
        tables = StepFiles(engine, folder, {"as_of_on": as_of_on})
        for name in _SOURCES:
            tables.give(name, warehouse.files(name))
        _give_profiles(tables, warehouse, as_of_on)
        tables.give_rows(
            "coupons",
            pa.table(
                {
                    "campaign_id": same,
                    "coupon_id": offers["offer_id"],
                    "product_id": offers["product_id"],
                    "known_from_on": known,
                }
            ),
        )
        campaigns = read_rows(warehouse.files("campaigns"), "campaigns")
        tables.give_rows("campaigns", pa.concat_tables([campaigns, _asked_campaign(campaigns.schema, as_of_on)]))
        targets = read_rows(warehouse.files("targets"), "targets")
        for bucket in range(warehouse.buckets):
            households = _households(warehouse, as_of_on, bucket)
            sent = pa.table(
                {
                    "campaign_id": pa.array([_ASKED] * len(households), pa.string()),
                    "household_id": households,
                    "known_from_on": pa.array([eve] * len(households), pa.date32()),
                },
                schema=targets.schema,
            )
            tables.give_rows("targets", pa.concat_tables([targets, sent]))
            pairs = tables.query(predict_step("coupon_pairs"), bucket=bucket)
            yield bucket, _answers(model, pairs)


def _days_learnt(warehouse: Warehouse) -> list[date]:
    names = [name.split("/") for name in warehouse.datasets() if name.startswith("models/coupons/")]
    return [date.fromisoformat(parts[2]) for parts in names]


def _first_sent_on(warehouse: Warehouse, as_of_on: date) -> date:
    """First day of the oldest closed campaign that can teach anything; the day itself where there is none."""
    from_on = _lines_from_on(warehouse)
    closed = [row["from_on"] for row in _closed_campaigns(warehouse, as_of_on) if not _too_early(row, from_on)]
    return min(closed, default=as_of_on)


def _closed_campaigns(warehouse: Warehouse, as_of_on: date) -> list[dict[str, Any]]:
    campaigns = read_rows(warehouse.files("campaigns"), "campaigns").to_pylist()
    return [row for row in campaigns if row["until_on"] < as_of_on and row["known_from_on"] < as_of_on]


def _lines_from_on(warehouse: Warehouse) -> date | None:
    return next((one.first_on for one in data_status(warehouse) if one.kind == "lines"), None)


def _too_early(campaign: dict[str, Any], lines_from_on: date | None) -> bool:
    """Whether nothing was sold before a campaign began, so that nobody's standing to its coupons is known."""
    return lines_from_on is None or campaign["from_on"] <= lines_from_on


def _give_profiles(tables: StepFiles, warehouse: Warehouse, as_of_on: date) -> None:
    for name in ("open_lines", "product_classes"):
        tables.give(name, warehouse.files(snapshot(as_of_on, name)))
    tables.give("lines", warehouse.files("lines"))


def _asked_campaign(schema: pa.Schema, as_of_on: date) -> pa.Table:
    row = {
        "campaign_id": _ASKED,
        "kind": "",
        "from_on": as_of_on,
        "until_on": as_of_on + timedelta(days=CYCLE_DAYS),
        "known_from_on": as_of_on - timedelta(days=1),
    }
    return pa.Table.from_pylist([row], schema=schema)


def _households(warehouse: Warehouse, as_of_on: date, bucket: int) -> pa.Array:
    files = warehouse.files(snapshot(as_of_on, "household_value"), bucket=bucket)
    return read_rows(files, "household_value")["household_id"].combine_chunks()


def _answers(model: CouponModel, pairs: pa.Table) -> pa.Table:
    asked = pairs.filter(pc.equal(pairs["campaign_id"], _ASKED))
    names = pa.array(STANDINGS).take(pa.array(coupon_standings(asked)))
    answers = pa.table(
        {
            "household_id": asked["household_id"],
            "offer_id": asked["coupon_id"],
            "standing": names,
            "probability": coupon_chances(model, asked),
        }
    )
    return answers.sort_by([("household_id", "ascending"), ("offer_id", "ascending")])
