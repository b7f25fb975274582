"""What an offer is expected to bring: the chance of buying with it, and the margin it causes.

The figures rest on stated assumptions, not on an experiment; lift is measured against the holdout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from regulars.contracts import Assumptions

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

KNOWN, NEED, NEW = 0, 1, 2
"""How a household stands to an offer: buys what it covers, buys the need, buys neither."""

KNOWN_DEPTH, OTHER_DEPTH = 0.10, 0.20
"""Depths at which the redemption priors were observed."""

SPREAD = np.array([1.0, 0.5, 0.5])
"""How far households differ in redemption for one unit of difference in log-odds without the offer, by standing.

A buyer of the product keeps the whole difference; of others we know the need, not the taste, so half of it.
"""

REDEMPTION_STEPS = 1 << 20
"""Expected redemptions are whole multiples of 1 / this, so that their products with money add up exactly."""

_CHANCE_MIN, _CHANCE_MAX = 1e-4, 0.98


@dataclass(frozen=True)
class Response:
    """How offers move households, by standing; arrays have shape ``(3,)``.

    Args:
        means: Log-odds of the mean chance without an offer.
        priors: Log-odds of the mean redemption at the depth it was observed at.
        depth_response: Log-odds per unit of depth.
    """

    means: Floats
    priors: Floats
    depth_response: float


def calibrated_response(mean_chances: Floats, assumptions: Assumptions) -> Response:
    """A response under which a household of mean chance redeems at the prior.

    Args:
        mean_chances: Mean chance without an offer, by standing, shape ``(3,)``; NaN where there is no pair.
        assumptions: The priors.

    Source:
        docs/concepts/offers-and-money.md, "Who would use it".
    """
    priors = np.array([assumptions.redemption_known, assumptions.redemption_need, assumptions.redemption_new])
    means = np.where(np.isnan(mean_chances), priors, mean_chances)
    return Response(_log_odds(means), _log_odds(priors), assumptions.depth_response)


def chance_with_offer(response: Response, chance: Floats, standing: Integers, depth: Floats) -> Floats:
    """Chance of buying at the offer's conditions, never below the chance without it.

    Args:
        response: From `calibrated_response`.
        chance: Chance without the offer, shape ``(n,)``.
        standing: `KNOWN`, `NEED` or `NEW`, shape ``(n,)``.
        depth: Discount as a share of what the conditions cost, 0..1, shape ``(n,)``.

    Returns:
        Chances, shape ``(n,)``, whole multiples of 1 / `REDEMPTION_STEPS`.
    """
    observed = np.where(standing == KNOWN, KNOWN_DEPTH, OTHER_DEPTH)
    apart = SPREAD[standing] * (_log_odds(chance) - response.means[standing])
    odds = response.priors[standing] + apart + response.depth_response * (depth - observed)
    raised = np.maximum(1.0 / (1.0 + np.exp(-odds)), np.clip(chance, _CHANCE_MIN, _CHANCE_MAX))
    return np.round(raised * REDEMPTION_STEPS) / REDEMPTION_STEPS


def expected_value_micros(
    *,
    without: Floats,
    chance: Floats,
    displaced: Floats,
    margin_cents: Floats,
    store_cents: Integers,
    fee_cents: Integers,
) -> Integers:
    """Margin caused, less the markdown the store pays on every redemption, plus the vendor's fee.

    A caused purchase that takes the place of another product of the same need brings the store no new margin.

    Args:
        without: Chance of buying without the offer, shape ``(n,)``.
        chance: Chance of redeeming it, shape ``(n,)``.
        displaced: Chance that a caused purchase takes another's place, shape ``(n,)``.
        margin_cents: Gross margin of what is bought for one redemption, shape ``(n,)``.
        store_cents: The store's part of the saving, shape ``(n,)``.
        fee_cents: What the vendor pays for handling one redemption, shape ``(n,)``.

    Returns:
        Millionths of the currency unit, shape ``(n,)``.
    """
    cents = (chance - without) * (1.0 - displaced) * margin_cents + chance * (fee_cents - store_cents)
    return np.round(cents * 10_000).astype(np.int64)


def _log_odds(chance: Floats) -> Floats:
    kept = np.clip(chance, _CHANCE_MIN, _CHANCE_MAX)
    return np.log(kept / (1.0 - kept))
