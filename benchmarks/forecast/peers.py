"""What published methods for the next basket reach on the same households, days and truth.

Run: ``python -m benchmarks.forecast.peers [--level need|product] [--as-of DATE...]``, in the workspace of
``benchmarks.forecast.run``. A method's name says whose it is. TIFU-KNN of the package cornac, in no requirement file of
this project (``pip install cornac``), is run for needs where it is installed; its dense vectors of products would not
fit into 2 GB. UP-CF@r of cornac 3.0.1 cannot be run: the library it calls, similaripy 0.7.0, ends the process with a
fault of memory; so ours stands for it. A day a household bought on is a basket; parameters were tuned on 21 August
2017. Every item may be ranked, known to the household or not; ties go to the smaller id.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
from benchmarks.forecast.days import happened
from benchmarks.forecast.run import CUT_OFFS, WORKSPACE, prepare
from scipy.sparse import csr_matrix

from regulars.bootstrap import Workspace

HALF_LIFE_DAYS = {"need": 120, "product": 90}
TIFU: dict[str, Any] = {"n_neighbors": 300, "within_decay_rate": 0.99, "group_decay_rate": 0.9, "n_groups": 7}
TIFU_OWN_SHARE = {"need": 0.5, "product": 0.7}
BASKETS, ASYMMETRY, LOCALITY = 25, 0.75, 10
"""Of UP-CF@r: baskets looked back on, weight of one's own side in the likeness, power the likeness is raised to."""

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One cut-off.

    Args:
        days: Baskets of each household before the day, oldest first: age in days, item numbers.
        judged: Numbers of the households that are judged.
        truth: Item numbers each of them bought in the 14 days after.
        items: How many items there are.
    """

    days: list[list[tuple[int, list[int]]]]
    judged: list[int]
    truth: list[set[int]]
    items: int


def case_of(connection: duckdb.DuckDBPyConnection, level: str, day: date) -> Case:
    """Every household's baskets, and what the eligible ones that shopped bought next."""
    item = f"{level}_id"
    past = connection.execute(
        f"""SELECT household_id, DATE_DIFF('day', sold_on, $day) AS age, LIST(DISTINCT {item} ORDER BY {item})
        FROM bought WHERE sold_on < $day GROUP BY ALL ORDER BY household_id, age DESC""",
        {"day": day},
    ).fetchall()
    later = connection.execute(
        f"""SELECT household_id, LIST(DISTINCT {item}) FROM bought WHERE sold_on >= $day AND sold_on < $day + 14
        AND household_id IN (SELECT household_id FROM bought WHERE sold_on < $day AND sold_on >= $day - 56
            GROUP BY household_id HAVING SUM(amount_cents) >= 20000)
        GROUP BY household_id ORDER BY household_id""",
        {"day": day},
    ).fetchall()
    names = sorted({one for row in past for one in row[2]} | {one for row in later for one in row[1]})
    number = {name: place for place, name in enumerate(names)}
    place: dict[str, int] = {}
    days: list[list[tuple[int, list[int]]]] = []
    for household, age, bought in past:
        if household not in place:
            place[household] = len(days)
            days.append([])
        days[place[household]].append((age, [number[one] for one in bought]))
    truth = [{number[one] for one in bought} for _, bought in later]
    return Case(days, [place[household] for household, _ in later], truth, len(names))


def judged(case: Case, score: Callable[[int], Scores]) -> dict[str, float]:
    """Recall at 20 and NDCG at 10 of a method, mean over the households."""
    discounts = 1 / np.log2(np.arange(2, 12))
    recalls, gains = [], []
    for household, truth in zip(case.judged, case.truth, strict=True):
        first = np.argsort(-score(household), kind="stable")[:20]
        hits = np.array([one in truth for one in first.tolist()])
        recalls.append(hits.sum() / len(truth))
        gains.append((hits[:10] * discounts).sum() / discounts[: min(10, len(truth))].sum())
    return {"recall_at_20": fmean(recalls), "ndcg_at_10": fmean(gains)}


def decayed_count(case: Case, level: str) -> Callable[[int], Scores]:
    def score(household: int) -> Scores:
        said = np.zeros(case.items)
        for age, items in case.days[household]:
            said[items] += 0.5 ** (age / HALF_LIFE_DAYS[level])
        return said

    return score


def own_tifu_knn(case: Case, level: str) -> Callable[[int], Scores]:
    """Hu et al., SIGIR 2020: grouped decayed vectors, and the mean of those of the 300 nearest households."""
    rows, columns, values = [], [], []
    for household, baskets in enumerate(case.days):
        groups = np.array_split(np.arange(len(baskets)), min(TIFU["n_groups"], len(baskets)))
        for number, group in enumerate(groups):
            outer = TIFU["group_decay_rate"] ** (len(groups) - 1 - number) / len(groups) / len(group)
            for place, basket in enumerate(group):
                items = baskets[basket][1]
                rows += [household] * len(items)
                columns += items
                values += [outer * TIFU["within_decay_rate"] ** (len(group) - 1 - place)] * len(items)
    vectors = csr_matrix((values, (rows, columns)), shape=(len(case.days), case.items))
    squares = np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel()
    count, share = min(TIFU["n_neighbors"], len(case.days)), TIFU_OWN_SHARE[level]

    def score(household: int) -> Scores:
        mine = vectors[household]
        far = squares - 2 * np.asarray((vectors @ mine.T).todense()).ravel()
        nearest = np.argpartition(far, count - 1)[:count]
        around = np.asarray(vectors[nearest].sum(axis=0)).ravel() / count
        return np.asarray(share * np.asarray(mine.todense()).ravel() + (1 - share) * around)

    return score


def own_up_cf(case: Case) -> Callable[[int], Scores]:
    """Faggioli et al., UMAP 2020: shares of the last baskets, weighed by how alike the households' items are."""
    rows, columns, shares = [], [], []
    for household, baskets in enumerate(case.days):
        last = baskets[-BASKETS:]
        for _, items in last:
            rows += [household] * len(items)
            columns += items
            shares += [1 / len(last)] * len(items)
    shape = (len(case.days), case.items)
    popularity = csr_matrix((shares, (rows, columns)), shape=shape)
    ever = [
        (household, item) for household, baskets in enumerate(case.days) for _, items in baskets for item in items
    ]
    held = csr_matrix((np.ones(len(ever)), tuple(np.array(ever).T)), shape=shape).sign()
    sizes = np.asarray(held.sum(axis=1)).ravel()

    def score(household: int) -> Scores:
        shared = np.asarray((held @ held[household].T).todense()).ravel()
        alike = shared / (sizes[household] ** ASYMMETRY * sizes ** (1 - ASYMMETRY))
        return np.asarray(popularity.T @ alike**LOCALITY).ravel()

    return score


def of_cornac(case: Case, method: Any) -> Callable[[int], Scores]:
    """A recommender of cornac, fitted on every household's baskets before the day."""
    from cornac.data import BasketDataset

    rows = [
        (household, f"{household}-{age}", item)
        for household, baskets in enumerate(case.days)
        for age, items in baskets
        for item in items
    ]
    data = BasketDataset.build(rows, fmt="UBI", seed=1)
    method.fit(data)
    numbers = np.array([data.iid_map.get(item, -1) for item in range(case.items)])

    def score(household: int) -> Scores:
        history = [[data.iid_map[item] for item in items] for _, items in case.days[household]]
        said = np.asarray(method.score(data.uid_map[household], history), dtype=np.float64).ravel()
        return np.where(numbers >= 0, said[numbers], -np.inf)

    return score


def methods(level: str) -> dict[str, Callable[[Case], Callable[[int], Scores]]]:
    found: dict[str, Callable[[Case], Callable[[int], Scores]]] = {
        "decayed count (counted here)": lambda case: decayed_count(case, level),
        "TIFU-KNN (own implementation)": lambda case: own_tifu_knn(case, level),
        "UP-CF@25 (own implementation)": own_up_cf,
    }
    if level == "need" and importlib.util.find_spec("cornac") is not None:
        from cornac.models import TIFUKNN

        found["TIFU-KNN (cornac)"] = lambda case: of_cornac(case, TIFUKNN(alpha=TIFU_OWN_SHARE[level], **TIFU))
    return found


def measured(connection: duckdb.DuckDBPyConnection, level: str, days: Sequence[date]) -> dict[str, Any]:
    cases = [case_of(connection, level, day) for day in days]
    found = {}
    for name, prepared in methods(level).items():
        begin = time.process_time()
        entries = [judged(case, prepared(case)) for case in cases]
        found[name] = {
            "cut_offs": entries,
            "mean": {one: fmean(entry[one] for entry in entries) for one in entries[0]},
            "cpu_seconds_a_cut_off": (time.process_time() - begin) / len(cases),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--level", choices=["need", "product"], default="need")
    parser.add_argument("--as-of", nargs="+", type=date.fromisoformat, default=list(CUT_OFFS["full"]))
    given = parser.parse_args()
    prepare(WORKSPACE)
    with Workspace.open(WORKSPACE) as workspace:
        connection = happened(workspace)
    print(json.dumps(measured(connection, given.level, given.as_of), indent=1))


if __name__ == "__main__":
    main()
