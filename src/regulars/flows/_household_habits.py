"""How much of their daily goods households buy here, how much of it on deal, and whether the best grow dependent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.contracts import FaceBand
from regulars.kernel import ContractError

from ._names import snapshot
from ._ports import Warehouse
from ._rows import read_rows

WATCHED_POINTS = 10
"""A household is watched when its share on deal rose by so many points from one half-year to the next."""


@dataclass(frozen=True)
class TierHabits:
    """Eligible households of one tier. Shares in per cent.

    Args:
        tier: Its name.
        weekly_spend_from_cents: What a household of it spends a week at least.
        face_min_cents: Least its lists are worth at face value.
        face_max_cents: Most they are worth.
        households: Households in it.
        wallet_percent: Middle household's share of the daily goods bought here: an estimate.
        deal_percent: Of what they spend, what is spent below the regular price.
        deal_before_percent: The same in the half-year before.
        cherry_pickers: Households that spend at least `cherry_percent` of their money on deal.
        watched: Households whose share on deal rose by `WATCHED_POINTS` or more.
        capped: Households that get the shallowest level alone, by the store's cap.
    """

    tier: str
    weekly_spend_from_cents: int
    face_min_cents: int
    face_max_cents: int
    households: int
    wallet_percent: float
    deal_percent: float
    deal_before_percent: float
    cherry_pickers: int
    watched: int
    capped: int


def tier_habits(
    warehouse: Warehouse,
    bands: Sequence[FaceBand],
    *,
    as_of_on: date,
    cherry_percent: int,
    cap_percent: int | None,
) -> list[TierHabits]:
    """Habits of eligible households by tier, from the smallest.

    Args:
        warehouse: Holds the profiles of the day.
        bands: Tiers, from the smallest.
        as_of_on: The day.
        cherry_percent: Share on deal from which a household is a cherry-picker.
        cap_percent: Share on deal from which households of the two best tiers get the shallowest level alone.

    Raises:
        ContractError: The day has no profiles.
    """
    if not warehouse.has(snapshot(as_of_on, "household_deals")):
        raise ContractError(
            f"there are no profiles as of {as_of_on}",
            hint=f"run `regulars profiles build --as-of {as_of_on}` first",
        )
    values = read_rows(warehouse.files(snapshot(as_of_on, "household_value")), "household_value")
    values = values.filter(values["eligible"]).select(["household_id", "weekly_spend_cents"])
    rows = values
    for name in ("household_deals", "household_wallet"):
        rows = rows.join(read_rows(warehouse.files(snapshot(as_of_on, name)), name), "household_id")
    rows = rows.sort_by("household_id")
    starts = [band.weekly_spend_from_cents for band in bands]
    tiers = np.searchsorted(starts, _column(rows, "weekly_spend_cents"), side="right")
    share, before = _share(rows, ""), _share(rows, "_before")
    known = _column(rows, "amount_before_cents") > 0
    capped = capped_households(share, tiers - 1, len(bands), cap_percent)
    found = []
    for number, band in enumerate(bands):
        mine = tiers - 1 == number
        found.append(
            TierHabits(
                band.tier,
                band.weekly_spend_from_cents,
                band.face_min_cents,
                band.face_max_cents,
                int(mine.sum()),
                float(np.median(_column(rows, "wallet_percent")[mine])) if mine.any() else 0.0,
                _overall(rows, mine, ""),
                _overall(rows, mine, "_before"),
                int((share[mine] >= cherry_percent).sum()),
                int((known & (share - before >= WATCHED_POINTS))[mine].sum()),
                int(capped[mine].sum()),
            )
        )
    return found


def deal_shares(warehouse: Warehouse, household_ids: Sequence[str], *, as_of_on: date) -> npt.NDArray[np.float64]:
    """Per cent of each household's spending that is below the regular price, in the order of the ids."""
    rows = read_rows(warehouse.files(snapshot(as_of_on, "household_deals")), "household_deals")
    share = dict(zip(rows["household_id"].to_pylist(), _share(rows, "").tolist(), strict=True))
    return np.array([share.get(one, 0.0) for one in household_ids])


def capped_households(
    share: npt.NDArray[np.float64], tiers: npt.NDArray[np.int64], many: int, cap_percent: int | None
) -> npt.NDArray[np.bool_]:
    """Households of the two best tiers that buy so much on deal that more of it would only train them.

    Args:
        share: Per cent on deal.
        tiers: Tier of each, from 0.
        many: How many tiers there are.
        cap_percent: From which share; None for no cap.
    """
    if cap_percent is None:
        return np.zeros(len(share), dtype=np.bool_)
    return (share >= cap_percent) & (tiers >= many - 2)


def _column(rows: pa.Table, name: str) -> npt.NDArray[np.int64]:
    filled: npt.NDArray[np.int64] = rows[name].fill_null(0).to_numpy()
    return filled


def _share(rows: pa.Table, half: str) -> npt.NDArray[np.float64]:
    amount = _column(rows, f"amount{half}_cents")
    return 100.0 * _column(rows, f"deal{half}_cents") / np.maximum(amount, 1)


def _overall(rows: pa.Table, mine: npt.NDArray[np.bool_], half: str) -> float:
    amount = int(_column(rows, f"amount{half}_cents")[mine].sum())
    return 100.0 * int(_column(rows, f"deal{half}_cents")[mine].sum()) / max(1, amount)
