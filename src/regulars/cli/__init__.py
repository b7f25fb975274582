"""The command line: parse, call one flow, render.

In: arguments. Out: stdout is data, stderr the rest; exit 0 done, 1 rejected, 2 usage, 3 store, 130 interrupted.
Rules: heavy imports are deferred; every command has `--help` and `--json`.
Not here: any decision.
"""

__all__: list[str] = []
