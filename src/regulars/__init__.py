"""Regulars: one-to-one marketing for grocers, on their own server.

In: till lines, products, cards, prices, deals. Out: one frozen shopping list per household and cycle, its
grants in the ledger, and a report of what they added. See ARCHITECTURE.md for the rooms and their order.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
