"""The methods there are, by name, and which of them a store's data is enough for."""

from __future__ import annotations

from regulars.kernel import ConfigError

from ._boosted_trees import BoostedTrees
from ._curves import DecayedCount, GammaPoisson, PersonalFrequency
from ._methods import PAIRS_MIN, Method

_LADDER: tuple[Method, ...] = (PersonalFrequency(), DecayedCount(), GammaPoisson(), BoostedTrees())

METHODS: dict[str, Method] = {method.name: method for method in _LADDER}
"""Every method by name."""

AUTOMATIC = "automatic"
"""The setting that leaves the choice to the amount of history; the default."""

TREES_HISTORY_DAYS_MIN = 126
"""Days of history from which trees are grown; below, there are too few closed windows with a past of their own."""

TREES_ROWS_MIN = 50_000
"""Household and item pairs to be forecast from which trees are grown."""


def method_named(name: str) -> Method:
    """The method of a name.

    Raises:
        ConfigError: There is none; the message lists those there are.
    """
    if name not in METHODS:
        raise ConfigError(
            f"there is no forecasting method {name!r}; there are {', '.join(sorted([AUTOMATIC, *METHODS]))}"
        )
    return METHODS[name]


def pairs_min(method: Method) -> int:
    """Pairs of household and item from which what a method has learnt is believed without a word."""
    return TREES_ROWS_MIN if method.name == BoostedTrees.name else PAIRS_MIN


def method_for(name: str, *, history_days: int, rows: int) -> Method:
    """The method a setting comes to, given how much there is to learn from.

    Args:
        name: A method's name, or `AUTOMATIC`.
        history_days: Days from the first line to the day of the forecast.
        rows: Pairs of household and item to be forecast.

    Example:
        >>> method_for("automatic", history_days=21, rows=900_000).name
        'decayed-count'
    """
    if name != AUTOMATIC:
        return method_named(name)
    enough = history_days >= TREES_HISTORY_DAYS_MIN and rows >= TREES_ROWS_MIN
    return METHODS[BoostedTrees.name if enough else DecayedCount.name]
