"""Decide one redemption; ledger arithmetic.

In: a basket, grants. Out: an outcome that says why.
Rules: hold, arm before tender, fact from the log.
Not here yet: the protocol itself; these are its contracts.
"""

__all__: list[str] = []
