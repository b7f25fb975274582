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

CYCLES_SEEN = 13
"""Two-week cycles in the 182 days that a household's chances rest on."""

_CHANCE_MIN, _CHANCE_MAX = 1e-4, 0.98


@dataclass(frozen=True)
class Response:
    """How offers move households, by standing; arrays have shape ``(3,)``.

    Args:
        means: Log-odds of the mean chance without an offer.
        priors: Log-odds of the mean redemption at the depth it was observed at.
        depth_response: Log-odds per unit of depth.
        uncertainty: Standard deviation of a redemption's log-odds: how far the priors may be off.
    """

    means: Floats
    priors: Floats
    depth_response: float
    uncertainty: float = 0.0


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
    return Response(
        _log_odds(means), _log_odds(priors), assumptions.depth_response, assumptions.response_uncertainty
    )


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


@dataclass(frozen=True)
class Giving:
    """What the value of giving is made of; every array has shape ``(n,)``.

    Args:
        without: Chance of buying without the offer.
        chance: Chance of redeeming it.
        displaced: Chance that a caused purchase takes another's place.
        margin_cents: Gross margin of what is bought for one redemption.
        store_cents: The store's part of the saving.
        fee_cents: What the vendor pays for handling one redemption.
    """

    without: Floats
    chance: Floats
    displaced: Floats
    margin_cents: Floats
    store_cents: Integers
    fee_cents: Integers


def expected_value_micros(giving: Giving) -> Integers:
    """Margin caused, less the markdown the store pays on every redemption, plus the vendor's fee.

    A caused purchase that takes the place of another product of the same need brings the store no new margin.

    Args:
        giving: What it is made of.

    Returns:
        Millionths of the currency unit, shape ``(n,)``.
    """
    caused = (giving.chance - giving.without) * (1.0 - giving.displaced)
    cents = caused * giving.margin_cents + giving.chance * (giving.fee_cents - giving.store_cents)
    return np.round(cents * 10_000).astype(np.int64)


def value_sd_micros(giving: Giving, standing: Integers, response: Response) -> tuple[Integers, Integers]:
    """How far the value may be off: standard deviations to first order, from each of the two chances.

    The response is one assumption for all households, so its errors add up; a household's own chance is estimated
    from the cycles of half a year, as a share of as many draws, so its errors cancel over households.

    Args:
        giving: What the value is made of.
        standing: `KNOWN`, `NEED` or `NEW`, shape ``(n,)``.
        response: Calibrated.

    Returns:
        From the response and from the household's own chance; millionths of the currency unit, shape ``(n,)`` each.

    Source:
        docs/concepts/offers-and-money.md, "How sure that is".
    """
    new_margin = (1.0 - giving.displaced) * giving.margin_cents
    per_redemption = new_margin + giving.fee_cents - giving.store_cents
    redeemed = giving.chance * (1.0 - giving.chance)
    by_response = np.abs(per_redemption) * redeemed * response.uncertainty
    kept = np.clip(giving.without, _CHANCE_MIN, _CHANCE_MAX)
    bought = kept * (1.0 - kept)
    slope = SPREAD[standing] * redeemed / bought
    by_chance = np.abs(slope * per_redemption - new_margin) * np.sqrt(bought / (CYCLES_SEEN + 1))
    return np.round(by_response * 10_000).astype(np.int64), np.round(by_chance * 10_000).astype(np.int64)


def _log_odds(chance: Floats) -> Floats:
    kept = np.clip(chance, _CHANCE_MIN, _CHANCE_MAX)
    return np.log(kept / (1.0 - kept))
