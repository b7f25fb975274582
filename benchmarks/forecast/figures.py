"""Every figure of the forecast in one table: what published methods reach, what it reaches, its bar and its aim.

Run: ``python -m benchmarks.forecast.figures [--parts NAME...] [--again]``. Each part is a benchmark of this folder, run
in a process of its own; what it prints is kept in ``workspace/figures/``, and a part that is there is not run again.
CPU seconds are those of the part `growth`: nothing else should be at work. Exit 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from benchmarks.forecast import coupons, days, run
from benchmarks.forecast.run import WORKSPACE

KEPT = WORKSPACE / "figures"
PARTS = {
    "forecast": ("run", "--size", "full"),
    "days": ("days",),
    "coupons": ("coupons",),
    "peers-need": ("peers", "--level", "need"),
    "peers-product": ("peers", "--level", "product"),
    "made-up": ("made_up",),
    "records": ("records",),
    "growth": ("growth",),
}
"""Module of this folder and what it is asked, by name."""


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Args:
        name: What was measured.
        ours: What the forecast reaches.
        bar: What it must reach; a band where it has two ends.
        aim: What it should reach.
        more_is_better: Whether greater figures are better.
        digits: Digits that are printed.
        others: What published methods reach, by name.
    """

    name: str
    ours: float
    bar: float | tuple[float, float]
    aim: float | None = None
    more_is_better: bool = True
    digits: int = 4
    others: tuple[tuple[str, float], ...] = ()

    @property
    def met(self) -> bool:
        """Whether the bar is reached, to the digit measured and not to the one printed."""
        if isinstance(self.bar, tuple):
            return self.bar[0] <= self.ours <= self.bar[1]
        return self._reaches(self.bar)

    def _reaches(self, wanted: float) -> bool:
        return self.ours >= wanted if self.more_is_better else self.ours <= wanted

    def line(self) -> str:
        """The figure as a line of a table in Markdown."""
        best = (max if self.more_is_better else min)(self.others, key=lambda one: one[1], default=None)
        other = f"{_text(best[1], self.digits)} ({best[0]})" if best else ""
        verdict = "met" if self.met else "**missed**"
        if isinstance(self.bar, float) and not self.met:
            verdict += f" by {_text(abs(self.ours - self.bar), self.digits)}"
        to_aim = "" if self.aim is None else _text(self.aim, self.digits) + ", "
        if self.aim is not None:
            short = _text(abs(self.ours - self.aim), self.digits)
            to_aim += "reached" if self._reaches(self.aim) else f"{short} away"
        cells = (self.name, other, _text(self.ours, self.digits), _text(self.bar, self.digits), verdict, to_aim)
        return f"| {' | '.join(cells)} |"


def _text(value: float | tuple[float, float], digits: int) -> str:
    if isinstance(value, tuple):
        return f"{_text(value[0], digits)} to {_text(value[1], digits)}"
    return f"{value:,.{digits}f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:,.{digits}f}"


def ranked(found: dict[str, Any]) -> Iterator[Figure]:
    """Order and chances of needs and products, mean of the cut-offs."""
    aims = {
        "need": {"recall_at_20": 0.304, "ndcg_at_10": 0.602, "log_loss": 0.294, "calibration_error": 0.004},
        "product": {"recall_at_20": 0.180, "ndcg_at_10": 0.470, "log_loss": 0.157},
    }
    names = {
        "recall_at_20": "recall@20",
        "ndcg_at_10": "NDCG@10",
        "log_loss": "log-loss",
        "calibration_error": "calibration error",
    }
    for level, bars in run.AT_LEAST.items():
        peers = found[f"peers-{level}"]
        for measure, bar in (*bars.items(), *run.AT_MOST[level].items()):
            yield Figure(
                f"{level}: {names[measure]}",
                found["forecast"]["mean"][level][measure],
                bar,
                aims[level][measure],
                measure in bars,
                others=tuple((name, of["mean"][measure]) for name, of in peers.items() if measure in of["mean"]),
            )


def timed(found: dict[str, Any]) -> Iterator[Figure]:
    """When, which product, who shops, who uses a coupon."""
    cut_offs = {entry["as_of_on"]: entry for entry in found["days"]["cut_offs"]}
    first = cut_offs[days.DAY_CUT_OFFS[0].isoformat()]["days"]
    naive = "last purchase + mean gap"
    yield Figure(
        "days until bought: error, 2 October",
        first["error_said"],
        days.ERROR_MAX,
        22.5,
        more_is_better=False,
        digits=2,
        others=((naive, first["error_naive"]),),
    )
    yield Figure(
        "days until bought: concordance, 2 October",
        first["concordance_said"],
        days.CONCORDANCE_MIN,
        0.69,
        others=((naive, first["concordance_naive"]),),
    )
    for day in days.DAY_CUT_OFFS:
        yield Figure(f"80 % intervals hold, {day}", cut_offs[day.isoformat()]["days"]["cover_80"], days.COVER)

    def mean(part: str, measure: str) -> float:
        return fmean(entry[part][measure] for entry in cut_offs.values())

    yield Figure(
        "which product of a need: first choice", mean("product", "first_choice"), days.FIRST_CHOICE_MIN, 0.53
    )
    yield Figure("who shops: AUC", mean("shops", "auc"), days.SHOPS_AUC_MIN, 0.865)
    yield Figure(
        "who shops: log-loss", mean("shops", "log_loss"), days.SHOPS_LOSS_MAX, 0.415, more_is_better=False
    )
    trees, counted = found["coupons"]["trees"], found["coupons"]["covered_days"]
    for measure, name, bar in (
        ("auc", "who uses a coupon: AUC", coupons.AREA_MIN),
        ("average_precision", "who uses a coupon: average precision", coupons.PRECISION_MIN),
    ):
        yield Figure(name, trees[measure], bar, others=(("days bought of what is covered", counted[measure]),))


def costs(found: dict[str, Any]) -> Iterator[Figure]:
    """CPU seconds and memory of the whole process, profiles and start-up included."""
    as_loaded = found["growth"][0]
    for name, bar in (("cold", run.CPU_SECONDS_MAX), ("warm", run.CPU_SECONDS_MAX_WARM)):
        cost = as_loaded[name]
        yield Figure(f"{name}: CPU seconds", cost["cpu_seconds_process"], bar, more_is_better=False, digits=0)
        yield Figure(f"{name}: memory, MB", cost["peak_mb"], run.PEAK_MB_MAX, more_is_better=False, digits=0)
    pace = as_loaded["cold"]["pairs_per_cpu_second"]
    yield Figure("pairs scored a CPU second", pace, run.PAIRS_PER_CPU_SECOND_MIN, digits=0)


def made_up_lines(shops: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What a made-up shop gets by default, beside the decayed count and beside what it is ahead by."""
    yield "| made-up shop | level | default | recall@20 | NDCG@10 | log-loss | ahead of the count in recall, NDCG |"
    yield "|---|---|---|---|---|---|---|"
    for shop in shops:
        for level in ("need", "product"):
            default = shop[f"{level} default"]
            count = shop.get(f"{level} decayed-count", default)
            cells = [f"{shop['shop']}, {shop['households']} households", level, default["is"]]
            for name in ("recall_at_20", "ndcg_at_10", "log_loss"):
                cells.append(f"{_text(default[name], 4)} ({_text(count[name], 4)})")
            ahead = [count.get("default ahead by", {}).get(name) for name in ("recall_at_20", "ndcg_at_10")]
            cells.append(", ".join(f"{one[0]:+.4f} ± {one[1]:.4f}" if one else "the same" for one in ahead))
            yield f"| {' | '.join(cells)} |"


def record_lines(means: dict[str, dict[str, float]]) -> Iterator[str]:
    """How the chances of each method held on the orders of a record shop."""
    yield "| record shop | log-loss | AUC | said | came true |"
    yield "|---|---|---|---|---|"
    for name, mean in means.items():
        cells = [name, *(_text(mean[one], 4) for one in ("log_loss", "auc", "said", "came"))]
        yield f"| {' | '.join(cells)} |"


def growth_lines(sizes: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What each size costs, and a thousand households of it."""
    yield "| households | buckets | lines | cold: CPU s | a thousand | MB | warm: CPU s | a thousand | MB |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for size in sizes:
        cells = [f"{size['households']:,}", f"{size['kept']} of {size['buckets']}", f"{size['cold']['lines']:,}"]
        for cost in (size["cold"], size["warm"]):
            seconds = cost["cpu_seconds_process"]
            cells += [f"{seconds:.0f}", f"{seconds / size['households'] * 1000:.1f}", f"{cost['peak_mb']:,.0f}"]
        yield f"| {' | '.join(cells)} |"


def measured(part: str, *, again: bool) -> Any:
    """What a part printed, now or before; of several reports a list."""
    kept = KEPT / f"{part}.json"
    if again or not kept.exists():
        module, *asked = PARTS[part]
        print(f"measuring {part}", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", f"benchmarks.forecast.{module}", *asked]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode not in (0, 1) or not done.stdout:
            raise SystemExit(f"{part} ended with {done.returncode}: see above")
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(done.stdout)
    text = kept.read_text()
    if part == "growth":
        return [json.loads(line) for line in text.splitlines()]
    return json.loads(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="only these; no table then")
    parser.add_argument("--again", action="store_true", help="run parts that are kept, too")
    given = parser.parse_args()
    run.prepare(WORKSPACE)
    found = {part: measured(part, again=given.again) for part in given.parts}
    if set(found) != set(PARTS):
        return 0
    figures = [*ranked(found), *timed(found), *costs(found)]
    print(
        "| | best published method, run here | the forecast | bar | | aim |", "|---|---|---|---|---|---|", sep="\n"
    )
    print(*(figure.line() for figure in figures), "", sep="\n")
    print(*made_up_lines(found["made-up"]["shops"]), "", *record_lines(found["records"]["mean"]), "", sep="\n")
    print(*growth_lines(found["growth"]), sep="\n")
    return int(not all(figure.met for figure in figures) or bool(found["made-up"]["worse"]))


if __name__ == "__main__":
    sys.exit(main())
