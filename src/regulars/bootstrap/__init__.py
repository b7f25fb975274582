"""Loads settings, picks adapters, hands out flows.

In: regulars.toml, REGULARS_A__B, flags. Out: a workspace object the edge calls.
Rules: settings are frozen and unread at import.
Not here: what a flow does.
"""

__all__: list[str] = []
