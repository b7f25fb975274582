"""A larger chain for the screens, made up from a finished demonstration: every household again and again.

Household ``17`` becomes ``17``, ``17-1``, ``17-2`` ...; each copy falls into the bucket of its own id, gets a list with
a number of its own and the same grants. The copies' purchases are the original's, so every share stays as it was.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from regulars.adapters import FolderWarehouse
from regulars.bootstrap import Workspace, apply_plan
from regulars.contracts import table
from regulars.flows import NewFile, Publication, count_categories
from regulars.kernel import bucket_of
from regulars.testing import SilentProgress

_DERIVED = (
    "household_value", "household_needs", "household_products", "household_cells", "household_deals",
    "household_wallet", "household_chances", "forecast", "open_lines",
)  # fmt: skip
_PLAN = (
    "plan_households", "plan_options", "plan", "plan_lines", "plan_ideas", "plan_waivers", "plan_capped",
    "plan_controls", "plan_campaigns", "plan_misses",
)  # fmt: skip
_MONTHS_OF_LINES = 3
_ROW_GROUP_ROWS = 65_536
"""As the program writes its tables."""


def multiply(source: Path, target: Path, households: int) -> tuple[str, int, int]:
    """Make the larger workspace.

    Args:
        source: A finished demonstration.
        target: A folder that does not exist.
        households: How many it holds at least.

    Returns:
        Its plan, its households, its lists.
    """
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("data", "out", "ledger*", "mail.db*"))
    for file in ("keys.toml",):
        if (source / file).exists():
            shutil.copy(source / file, target / file)
    old = FolderWarehouse(source / "warehouse")
    (target / "warehouse" / "manifest.json").unlink()
    new = FolderWarehouse.create(target / "warehouse", buckets=old.buckets)
    plan_id = next(name.split("/")[1] for name in old.datasets() if name.startswith("plans/"))
    days = sorted({name.split("/")[1] for name in old.datasets() if name.startswith("snapshots/")})
    making = _Making(old, new, f"snapshots/{days[-1]}/household_value", households)
    for name in old.datasets():
        stage, last = name.split("/")[0], name.split("/")[-1]
        if stage == "models" or "/" not in name:
            making.take(name) if last not in {"lines", "promotions"} else None
        elif stage == "snapshots" and name.split("/")[1] == days[-1]:
            making.spread(name, last) if last in _DERIVED else making.take(name)
        elif name.startswith(f"snapshots/{days[-2]}/household_cells"):
            making.spread(name, last)
    making.lines()
    making.plan(plan_id)
    with Workspace.open(target) as workspace:
        from regulars.adapters.ledger import create_ledger

        create_ledger(workspace.settings.ledger.url, folder=target).close()
        with workspace.writing("benchmark"):
            apply_plan(workspace, plan_id, actor="benchmark")
            day = date.fromisoformat(days[-1])
            count_categories(workspace.warehouse, workspace.engine, as_of_on=day, progress=SilentProgress())
    return plan_id, making.copies * making.originals, making.lists


class _Making:
    """The copies, and the files they are written to."""

    def __init__(self, old: FolderWarehouse, new: FolderWarehouse, values: str, households: int) -> None:
        self.old, self.new = old, new
        self.sql = duckdb.connect()
        self.sql.execute("SET memory_limit = '6GB'")
        ids = [row[0] for row in self.sql.execute(f"SELECT household_id FROM {self._read(values)}").fetchall()]
        self.originals, self.copies = len(ids), -(-households // len(ids))
        made = [
            (one, f"{one}-{copy}" if copy else one, copy) for one in sorted(ids) for copy in range(self.copies)
        ]
        names = pa.table(
            {
                "old_id": [one for one, _, _ in made],
                "new_id": [new_id for _, new_id, _ in made],
                "copy": [copy for _, _, copy in made],
                "bucket": [bucket_of(new_id, old.buckets) for _, new_id, _ in made],
            }
        )
        self.sql.register("names", names)
        self.lists = 0

    def _read(self, dataset: str) -> str:
        files = ", ".join(f"'{file.path}'" for file in self.old.files(dataset))
        return (
            f"read_parquet([{files}], hive_partitioning = false)"
            if files
            else "(SELECT NULL AS household_id WHERE false)"
        )

    def take(self, dataset: str) -> None:
        """A dataset as it is."""
        with self.new.scratch() as folder:
            files = []
            for number, file in enumerate(self.old.files(dataset)):
                path = folder / f"{number}.parquet"
                shutil.copy(file.path, path)
                files.append(NewFile(path, file.bucket, file.period))
            self.new.publish(Publication({dataset: files}, {dataset: self.old.properties(dataset)}))

    def spread(self, dataset: str, name: str) -> None:
        """A household table, bucket by bucket."""
        bucketed = table(name).bucketed
        order = ", ".join(table(name).grain)
        with self.new.scratch() as folder:
            files = []
            for bucket in range(self.old.buckets) if bucketed else (None,):
                path = folder / f"{bucket}.parquet"
                where = "" if bucket is None else f"WHERE bucket = {bucket}"
                self._write(f"{self._copies(dataset)} {where} ORDER BY {order}", path)
                files.append(NewFile(path, bucket))
            self.new.publish(Publication({dataset: files}, {dataset: self.old.properties(dataset)}))

    def _copies(self, dataset: str, more: str = "") -> str:
        joined = f"{self._read(dataset)} AS rows JOIN names ON rows.household_id = names.old_id"
        return f"SELECT rows.* REPLACE (new_id AS household_id{more}) FROM {joined}"

    def _write(self, select: str, path: Path) -> None:
        self.sql.execute(
            f"COPY ({select}) TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP_ROWS})"
        )

    def lines(self) -> None:
        """The last months of till lines."""
        months = sorted({file.period for file in self.old.files("lines")})[-_MONTHS_OF_LINES:]
        with self.new.scratch() as folder:
            files = []
            for month in months:
                paths = ", ".join(f"'{file.path}'" for file in self.old.files("lines") if file.period == month)
                for bucket in range(self.old.buckets):
                    path = folder / f"{month}-{bucket}.parquet"
                    source = f"read_parquet([{paths}], hive_partitioning = false)"
                    joined = f"{source} AS rows JOIN names ON rows.household_id = names.old_id"
                    number = "rows.transaction_id || '-' || copy AS transaction_id"
                    self._write(
                        f"SELECT rows.* REPLACE (new_id AS household_id, {number}) FROM {joined} "
                        f"WHERE bucket = {bucket} ORDER BY store_id, sold_on, transaction_id, line_number",
                        path,
                    )
                    files.append(NewFile(path, bucket, month))
            self.new.publish(Publication({"lines": files}))

    def plan(self, plan_id: str) -> None:
        """The plan: lists numbered anew, grants named after them."""
        prefix = f"plans/{plan_id}"
        for name in self.old.datasets():
            last = name.split("/")[-1]
            if name.startswith(f"{prefix}/") and last not in {*_PLAN, "plan_lists", "plan_grants"}:
                self.take(name)
        for last in _PLAN:
            self.spread(f"{prefix}/{last}", last)
        most = self.sql.execute(f"SELECT max(list_number) FROM {self._read(f'{prefix}/plan_lists')}").fetchone()[0]
        self.lists = most * self.copies
        number = f", list_number + copy * {most} AS list_number, list_number + copy * {most} AS sequence"
        grant = (
            f", lpad(CAST(CAST(split_part(grant_id, '-', 1) AS BIGINT) + copy * {most} AS VARCHAR), 6, '0') "
            "|| '-' || split_part(grant_id, '-', 2) AS grant_id"
        )
        with self.new.scratch() as folder:
            made = {}
            for last, more, order in (("plan_lists", number, "list_number"), ("plan_grants", grant, "grant_id")):
                path = folder / f"{last}.parquet"
                self._write(f"{self._copies(f'{prefix}/{last}', more)} ORDER BY {order}", path)
                made[f"{prefix}/{last}"] = [NewFile(path)]
            self.new.publish(Publication(made))
        facts = self.old.properties(f"{prefix}/plan")
        for name in ("households", "grants", "held_out"):
            facts[name] = str(int(facts[name]) * self.copies)
        plan = self.new.files(f"{prefix}/plan")
        self.new.publish(Publication({f"{prefix}/plan": plan}, {f"{prefix}/plan": facts}))
