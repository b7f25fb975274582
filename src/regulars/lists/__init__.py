"""A plan becomes one frozen list document per household.

In: plan, forecast, prices, layout. Out: documents, the page's data, the manifest.
Rules: a document holds every text; no medium computes.
Not here: Typst, mail (adapters).
"""

__all__: list[str] = []
