"""What timing and personal scores are worth, by simulation: real households and offers, a response that is known.

Households, offers, budgets and scores are those of a demonstration workspace (Complete Journey); how households respond
is made up, so that the truth is known, once with a timing effect and once with none. What the allocator is told is
learnt from a simulated experiment of the cycle before. Every arm has the same limits. Run:
``python -m benchmarks.allocation.ablation --workspace demo --as-of 2017-11-27``. Exit 1 if timing gains where the truth
has no timing effect, or if an arm breaks a limit.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from regulars.bootstrap import Workspace
from regulars.bootstrap._bound import plan_settings
from regulars.flows import solve_tables
from regulars.flows._candidates import Candidates, gather_candidates
from regulars.flows._choose import solver_options
from regulars.flows._plan_problem import plan_problem, what_is_left
from regulars.lift import Arm
from regulars.testing import SilentProgress

TIMING = 1.0
"""In the truth with a timing effect an offer does up to so many times more, or less, than on average."""
WIDTH = 0.35
"""How near its usual gap a need must be for that, in gaps."""
PERSONAL_SPREAD = 0.5
"""Spread (log) of what a household's response differs from its score by: scores are no oracle."""
TRIALS = 20_000
"""Offers of the simulated experiment that timing is learnt from."""
NO_GAIN_MAX = 0.005

Floats = NDArray[np.float64]


def nearness(options: pa.Table, as_of_on: date) -> Floats:
    """How near each option's need is to its usual moment: 1 at the moment, 0 far off; minus the mean, 0 if unknown."""
    last = np.array([np.nan if day is None else day.toordinal() for day in options["last_on"].to_pylist()])
    gap = np.array([np.nan if days is None else max(days, 1) for days in options["every_days"].to_pylist()])
    phase = (as_of_on.toordinal() + 7 - last) / gap
    near = np.exp(-(((phase - 1.0) / WIDTH) ** 2))
    known = np.isfinite(near)
    return np.where(known, near - near[known].mean(), 0.0)


def learnt_timing(near: Floats, chance: Floats, timing: float, draw: np.random.Generator) -> float:
    """The timing effect as a simulated experiment tells it, shrunk by its own uncertainty."""
    some = draw.choice(len(near), TRIALS)
    used = draw.random(TRIALS) < np.clip(chance[some] * (1.0 + timing * near[some]), 0.0, 1.0)
    weight = chance[some] / np.maximum(1.0 - chance[some], 0.02)
    response = used / chance[some] - 1.0
    slope = float((weight * near[some] * response).sum() / (weight * near[some] ** 2).sum())
    error = float(1.0 / np.sqrt((weight * near[some] ** 2).sum()))
    return slope * slope**2 / (slope**2 + error**2)


def segment_scores(options: pa.Table, score: Floats, tier: dict[str, int]) -> Floats:
    """Each option's score replaced by the mean of its offer, level and household tier."""
    keys = list(
        zip(
            options["offer_id"].to_pylist(),
            options["level"].to_pylist(),
            [tier[household] for household in options["household_id"].to_pylist()],
            strict=True,
        )
    )
    names = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    code = np.array([names[key] for key in keys])
    mean = np.bincount(code, weights=score) / np.bincount(code)
    found: Floats = mean[code]
    return found


class Arms:
    """The allocation problem of a workspace, solved with whatever scores are given."""

    def __init__(self, candidates: Candidates, problem: dict[str, pa.Table]) -> None:
        self.options = candidates.targeted
        self.problem = problem
        self.place = {
            key: number
            for number, key in enumerate(
                zip(
                    *(self.options[name].to_pylist() for name in ("household_id", "offer_id", "level")),
                    strict=True,
                )
            )
        }

    def true_value(self, score: Floats, truth: Floats) -> tuple[float, int]:
        """True value of the plan the scores lead to, dollars, and how many rules it breaks."""
        micros = np.round(score).astype(np.int64)
        told = self.options.set_column(
            self.options.schema.get_field_index("worth_micros"), "worth_micros", pa.array(micros)
        )
        solved = solve_tables(**self.problem, options=solver_options(told))
        rows = zip(
            *(solved.solution.plan[name].to_pylist() for name in ("household_id", "offer_id", "level")),
            strict=True,
        )
        places = [self.place[key] for key in rows]
        return float(truth[places].sum() / 1e6), sum(solved.verdict.violations.values())


def compare(arms: Arms, near: Floats, tier: dict[str, int], timing: float, seed: int) -> dict[str, float]:
    """True value of the four arms under one truth."""
    draw = np.random.default_rng([20171127, seed, int(timing * 1000)])
    value = arms.options["value_micros"].to_numpy().astype(float)
    chance = np.clip(arms.options["redemptions"].to_numpy(), 1e-4, 1.0)
    personal = np.exp(draw.normal(0.0, PERSONAL_SPREAD, len(value)) - PERSONAL_SPREAD**2 / 2)
    truth = value * (1.0 + timing * near) * personal
    learnt = learnt_timing(near, chance, timing, draw)
    timed = value * np.maximum(1.0 + learnt * near, 0.0)
    found = {"learnt_timing": learnt}
    for name, score in (
        ("person, timing on", timed),
        ("person, timing off", value),
        ("segment, timing on", segment_scores(arms.options, timed, tier)),
        ("segment, timing off", segment_scores(arms.options, value, tier)),
    ):
        found[name], broken = arms.true_value(score, truth)
        found["broken"] = found.get("broken", 0) + broken
    return found


def ablation(workspace: Path, as_of_on: date, seeds: int) -> dict[str, object]:
    """All arms under both truths."""
    with Workspace.open(workspace) as opened, tempfile.TemporaryDirectory() as folder:
        settings = plan_settings(opened, as_of_on)
        candidates = gather_candidates(opened.warehouse, opened.engine, Path(folder), settings, SilentProgress())
    households = candidates.households
    whole = plan_problem(candidates, settings)
    left = what_is_left(whole, [], set(households.in_arm(Arm.TARGETED)))
    problem = {"households": left.households, "offers": left.offers, "levels": left.levels, "limits": left.limits}
    arms = Arms(candidates, problem)
    near = nearness(candidates.targeted, as_of_on)
    tier = dict(zip(households.ids, households.tiers, strict=True))
    told: dict[str, object] = {
        "households": len(households.in_arm(Arm.TARGETED)), "offers": len(candidates.book.offers),
        "options": candidates.targeted.num_rows, "options_with_a_known_gap": int((near != 0).sum()),
        "made_up": "the response; households, offers, limits and scores are the workspace's",
    }  # fmt: skip
    for name, timing in (("timing in the truth", TIMING), ("no timing in the truth", 0.0)):
        runs = [compare(arms, near, tier, timing, seed) for seed in range(seeds)]
        gains = {
            "timing, person level": _gain(runs, "person, timing on", "person, timing off"),
            "timing, segment level": _gain(runs, "segment, timing on", "segment, timing off"),
            "person over segment, timing on": _gain(runs, "person, timing on", "segment, timing on"),
            "person over segment, timing off": _gain(runs, "person, timing off", "segment, timing off"),
        }
        told[name] = {
            "gain_mean_least_most": gains,
            "dollars": runs[0],
            "broken": sum(run["broken"] for run in runs),
        }
    return told


def _gain(runs: list[dict[str, float]], with_it: str, without: str) -> list[float]:
    gains = [run[with_it] / run[without] - 1.0 for run in runs]
    return [round(one, 4) for one in (sum(gains) / len(gains), min(gains), max(gains))]


def main() -> int:
    """Run and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path("demo"))
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2017, 11, 27))
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    told = ablation(arguments.workspace, arguments.as_of, arguments.seeds)
    print(json.dumps(told, indent=1))
    without = told["no timing in the truth"]
    assert isinstance(without, dict)
    gained = max(without["gain_mean_least_most"][f"timing, {level} level"][0] for level in ("person", "segment"))
    broken = sum(one["broken"] for one in told.values() if isinstance(one, dict))
    return 1 if gained > NO_GAIN_MAX or broken else 0


if __name__ == "__main__":
    sys.exit(main())
