"""Lines become household statistics: value, products, needs, cells.

In: lines, products, sensitive tiers. Out: one table a `.sql` file, local to a household bucket.
Rules: only lines known before the day; closed tiers stop at `open_lines.sql`.
Not here: chances (predict).
"""

__all__: list[str] = []
