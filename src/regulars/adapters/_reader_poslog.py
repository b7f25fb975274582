"""POSLog files for the reader: each is read by a process of its own, under limits of time and memory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from regulars.flows import StagedFile, TransactionCounts
from regulars.ingest import FileMapping
from regulars.kernel import ConfigError, StoreError
from regulars.poslog import (
    COUNTS,
    FINDING_COLUMNS,
    FINDINGS,
    OTHER_COLUMNS,
    OTHERS,
    ROW_COLUMNS,
    ROWS,
    SEPARATOR,
    UNREADABLE,
)

from ._reader_rows import RowSource, Rule, file_list, literal, quoted

MEMORY_BYTES_MAX = 512 << 20
CPU_SECONDS_MIN = 5
_BYTES_PER_CPU_SECOND = 2_500_000
"""Any good file is read four times as fast."""
_RAW_BYTES = 500
_ELEMENT_BYTES = 16_384
_TAG = re.compile(rb"<([A-Za-z_][\w.:-]*)[\s>]")
_ROOT = re.compile(rb"<(?:[\w.-]+:)?POSLog[\s/>]")
_REMARK = re.compile(rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_TEXTS = ("store_id", "lane_id", "transaction_id", "household_id", "card_id", "product_id", "returned_receipt")
POSLOG_COLUMNS = ROW_COLUMNS[3:]
"""What a mapping can name: the columns of the reader's own rows, without the three that say where they stood."""


@dataclass(frozen=True)
class PoslogFile:
    """A POSLog file after its process: tables as text in a folder.

    Args:
        path: The file, or its clean copy: what bytes are counted in.
        folder: Where the tables lie.
        rows: Lines of sales and returns.
        faults: Transactions, or stretches of the file, that could not be read.
        counts: Its transactions.
    """

    path: Path
    folder: Path
    rows: int
    faults: int
    counts: TransactionCounts

    @property
    def findings(self) -> str:
        """What could not be read and what does not add up: ``line``, ``place``, ``rule``, ``message``, ``refused``."""
        return (
            'SELECT CAST("line" AS BIGINT) AS line, CAST("offset" AS BIGINT) AS place, rule, message, '
            f"refused = 'true' AS refused FROM {_table(self.folder / FINDINGS, FINDING_COLUMNS)}"
        )

    @property
    def others(self) -> str:
        """Rows of the table ``other_transactions`` as SQL; those without a key that can be told are left out."""
        key = "store_id, lane_id, sold_on, transaction_id"
        return (
            f"SELECT DISTINCT ON ({key}) store_id, COALESCE(lane_id, '') AS lane_id, day AS sold_on, transaction_id, "
            "reason, NULLIF(undoes_store_id, '') AS undoes_store_id, NULLIF(undoes_lane_id, '') AS undoes_lane_id, "
            "TRY_CAST(undoes_sold_on AS DATE) AS undoes_sold_on, "
            "NULLIF(undoes_transaction_id, '') AS undoes_transaction_id, day AS known_from_on "
            f"FROM (SELECT *, TRY_CAST(sold_on AS DATE) AS day FROM {_table(self.folder / OTHERS, OTHER_COLUMNS)}) "
            "WHERE store_id <> '' AND transaction_id <> '' AND day BETWEEN DATE '1990-01-01' AND DATE '2099-12-31' "
            f"ORDER BY {key}, reason, undoes_transaction_id"
        )

    def row_source(self) -> RowSource:
        """Its lines for the reader; ``source_line`` is the row's number, ``place_line`` the line of the file."""
        columns = ", ".join(f"{quoted(name)} AS {quoted('log_' + name)}" for name in POSLOG_COLUMNS)
        relation = (
            'SELECT CAST("row" AS BIGINT) AS source_line, CAST("line" AS BIGINT) AS place_line, '
            f'CAST("offset" AS BIGINT) AS place, {columns} FROM {_table(self.folder / ROWS, ROW_COLUMNS)}'
        )
        cells = {name: f"NULLIF({quoted('log_' + name)}, '')" for name in POSLOG_COLUMNS}
        ids = [f"COALESCE({cells[name]}, '')" for name in _TEXTS]
        rules = (
            Rule(
                "",
                "text-is-readable",
                "text in the file's encoding, without control characters",
                "(" + " OR ".join(f"contains({cell}, {literal(UNREADABLE)})" for cell in ids) + ")",
            ),
        )
        return RowSource(relation, cells, dict.fromkeys(cells, "text"), relation, rules, place="s.place_line")

    def raw(self, offsets: Sequence[int]) -> pa.Table:
        """What stands at places of the file: ``place``, ``raw``.

        An element whole, if it is not longer than `_ELEMENT_BYTES`; of anything else the first `_RAW_BYTES`.
        """
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            texts = [_element(os.pread(descriptor, _ELEMENT_BYTES, place)) for place in offsets]
        finally:
            os.close(descriptor)
        return pa.table({"place": pa.array(offsets, pa.int64()), "raw": pa.array(texts, pa.string())})


def _element(text: bytes) -> str:
    """The element a text starts with, or as much of it as is shown."""
    name = _TAG.match(text)
    end = text.find(b"</" + name[1] + b">") if name is not None else -1
    whole = text[: end + len(name[1]) + 3] if name is not None and end >= 0 else text[:_RAW_BYTES]
    return whole.decode("utf-8", "replace")


def read_poslog(path: Path, mapping: FileMapping, folder: Path) -> PoslogFile:
    """Read a file in a process of its own.

    Args:
        path: The file.
        mapping: Its zones and label layouts.
        folder: Where its tables are put.

    Raises:
        ConfigError: The file holds no transaction, and is no log of an idle till.
        StoreError: The process was stopped by its limits before it could say anything.
    """
    folder = folder / "poslog"
    if not (folder / COUNTS).exists():
        _run(path, mapping, folder)
    counted = json.loads((folder / COUNTS).read_text(encoding="utf-8"))
    read = Path(counted.pop("file"))
    rows, faults = counted.pop("rows"), counted.pop("faults")
    counts = TransactionCounts(**counted)
    if not counts.transactions and not faults and not _is_log(read):
        raise ConfigError(
            f"{path} holds no element Transaction; expected a POSLog",
            hint="if it is another kind of file, say so with --format",
        )
    return PoslogFile(read, folder, rows, faults, counts)


def _is_log(path: Path) -> bool:
    """Whether a file without transactions is a log all the same: that of an idle till."""
    with path.open("rb") as stream:
        return _ROOT.search(_REMARK.sub(b"", stream.read(_ELEMENT_BYTES))) is not None


def _run(path: Path, mapping: FileMapping, folder: Path) -> None:
    """Start the process and wait for it; its tables lie in the folder then."""
    folder.mkdir(parents=True, exist_ok=True)
    cpu_seconds = CPU_SECONDS_MIN + path.stat().st_size // _BYTES_PER_CPU_SECOND
    command = [
        sys.executable, "-I", "-m", "regulars.poslog",
        "--stamps-zone", mapping.stamps_zone, "--store-zone", mapping.store_zone,
        "--memory-bytes", str(MEMORY_BYTES_MAX), "--cpu-seconds", str(cpu_seconds),
        *(f"--layout={layout.pattern}:{layout.decimals}" for layout in mapping.labels),
        str(path), str(folder),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    if done.returncode != 0 or not (folder / COUNTS).exists():
        said = done.stderr.strip().splitlines()[-1:] or ["it was stopped"]
        raise StoreError(
            f"{path} could not be read within {cpu_seconds} CPU seconds and {MEMORY_BYTES_MAX >> 20} MB: {said[0]}",
            hint="look at the file; nothing of it was loaded",
        )


def with_transactions(staged: StagedFile, connection: duckdb.DuckDBPyConnection) -> StagedFile:
    """A staged log with what it holds beside its lines; what could not be read counts as rows that were refused."""
    log = _log_of(staged)
    others = staged.folder / "others.parquet"
    with connection.cursor() as session:
        session.execute(f"COPY ({log.others}) TO {literal(str(others))} (FORMAT parquet, COMPRESSION lz4)")
    return replace(
        staged,
        rows_in=staged.rows_in + log.faults,
        rows_refused=staged.rows_refused + log.faults,
        others=(others,),
        counts=log.counts,
    )


def with_raw(staged: StagedFile, rows: RowSource, session: duckdb.DuckDBPyConnection) -> RowSource:
    """Rows that know their text: that of the lines in the table ``wanted`` is fetched from the file."""
    wanted = session.execute(f"SELECT s.place FROM ({rows.relation}) s JOIN wanted USING (source_line)").fetchall()
    session.register("raws", _log_of(staged).raw(sorted({row[0] for row in wanted})))
    return replace(
        rows, relation_with_raw=f"SELECT r.*, raws.raw FROM ({rows.relation}) r JOIN raws USING (place)"
    )


def file_findings(staged: StagedFile, session: duckdb.DuckDBPyConnection) -> pa.Table:
    """What a log's process found, as rows of the table ``findings``."""
    log = _log_of(staged)
    places = session.execute(f"SELECT DISTINCT place FROM ({log.findings}) ORDER BY place").fetchall()
    session.register("places", log.raw([row[0] for row in places]))
    return session.sql(
        f"SELECT {literal(staged.mapping.kind)} AS kind, {literal(staged.path.name)} AS file, f.line, "
        "'' AS \"column\", "
        f"f.rule, f.message, p.raw, f.refused, {literal(staged.mapping.format)} AS format, '' AS head "
        f"FROM ({log.findings}) f JOIN places p USING (place) ORDER BY f.place, f.rule"
    ).to_arrow_table()


def not_undone(staged: StagedFile) -> str:
    """A condition on ``rows``: not of a transaction that a post-void of the same file takes back."""
    if not staged.others:
        return ""
    return (
        f" AND NOT EXISTS (SELECT 1 FROM read_parquet({file_list(staged.others)}) p WHERE "
        "p.undoes_store_id = rows.store_id AND COALESCE(p.undoes_lane_id, '') = rows.lane_id AND "
        "p.undoes_sold_on = rows.sold_on AND p.undoes_transaction_id = rows.transaction_id)"
    )


def _log_of(staged: StagedFile) -> PoslogFile:
    return read_poslog(staged.path, staged.mapping, staged.folder)


def _table(path: Path, columns: Sequence[str]) -> str:
    names = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    return (
        f"read_csv({literal(str(path))}, columns = {{{names}}}, auto_detect = false, delim = {literal(SEPARATOR)}, "
        "quote = '', escape = '', header = false, new_line = '\\n', max_line_size = 16777216)"
    )
