"""Classes of goods as the rules for sensitive goods sort them: what an operator goes through before the first cycle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow.parquet as pq

from regulars.contracts import SensitiveRule
from regulars.ingest import classify, deciding_rule, rule_text, suspicious_word

from ._ports import Warehouse


@dataclass(frozen=True)
class GoodsClass:
    """One class of goods that is loaded.

    Args:
        department_id: Its department.
        category_id: Its category, if it has one.
        need_id: Its need, likewise.
        tier: Its tier; empty for none.
        rule: The rule that decided, as it is found in the file; empty if none did.
        suspicious_word: A usual word of a tier that none of the store's rules decided; empty if there is none.
        lines: Till lines of its products.
    """

    department_id: str
    category_id: str | None
    need_id: str | None
    tier: str
    rule: str
    suspicious_word: str
    lines: int = 0


def goods_classes(
    warehouse: Warehouse, rules: Sequence[SensitiveRule], *, count_lines: bool = True
) -> list[GoodsClass]:
    """Every class of the loaded products, by department, category and need.

    Args:
        warehouse: Where products and lines lie.
        rules: The store's rules, as they stand now.
        count_lines: Whether till lines are counted; all are 0 otherwise.
    """
    lines_of = _lines_of_products(warehouse) if count_lines else Counter[str]()
    lines: Counter[tuple[str, str | None, str | None]] = Counter()
    for file in warehouse.files("products"):
        columns = ("product_id", "department_id", "category_id", "need_id")
        rows = pq.read_table(file.path, columns=list(columns))
        for product_id, *names in zip(*(rows.column(name).to_pylist() for name in columns), strict=True):
            department_id, category_id, need_id = names
            lines[department_id, category_id, need_id] += lines_of[product_id]
    ordered = sorted(lines, key=lambda names: tuple((name is not None, name or "") for name in names))
    return [_judged(rules, *names, lines[names]) for names in ordered]


def _judged(
    rules: Sequence[SensitiveRule], department_id: str, category_id: str | None, need_id: str | None, lines: int
) -> GoodsClass:
    names = (department_id, category_id, need_id)
    rule = deciding_rule(rules, *names)
    return GoodsClass(
        *names,
        tier=classify(rules, *names),
        rule="" if rule is None else rule_text(rule, *names),
        suspicious_word=suspicious_word(rules, *names),
        lines=lines,
    )


def _lines_of_products(warehouse: Warehouse) -> Counter[str]:
    counts: Counter[str] = Counter()
    for file in warehouse.files("lines"):
        found = (
            pq.read_table(file.path, columns=["product_id"]).group_by("product_id").aggregate([([], "count_all")])
        )
        counts.update(dict(zip(found["product_id"].to_pylist(), found["count_all"].to_pylist(), strict=True)))
    return counts
