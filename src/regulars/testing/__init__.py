"""What tests and other projects may use: the synthetic shop, fakes, conformance suites.

In: a seed and sizes. Out: files of a shop that never was, labelled so.
Rules: the same seed gives the same bytes.
Not here: anything a running store needs.
"""

__all__: list[str] = []
