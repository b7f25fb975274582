"""The Warehouse port on a folder: Parquet files named by their digest, and one manifest that says which count.

A change moves its new files in first and swaps the manifest last, by rename; a crash at any point leaves the old
state or the new one. Files that neither the new manifest nor the one before it names are removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from regulars.flows import DataFile, NewFile, Publication, sync_folder, write_whole
from regulars.kernel import ContractError, StoreError

_FORMAT = 1
_MANIFEST = "manifest.json"


class FolderWarehouse:
    """Datasets under one folder.

    Args:
        root: The folder; `create` makes it.

    Raises:
        StoreError: There is no warehouse, or its manifest cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen = _stamp(root)
        self._manifest = _read_manifest(root)
        self._scratch_folders: set[Path] = set()

    @classmethod
    def create(cls, root: Path, *, buckets: int) -> FolderWarehouse:
        """Make an empty warehouse; one that is there already is kept as it is."""
        if not (root / _MANIFEST).exists():
            with _disk(root):
                root.mkdir(parents=True, exist_ok=True)
                _swap(root, {"format": _FORMAT, "buckets": buckets, "datasets": {}})
        return cls(root)

    def refresh(self) -> bool:
        """Look at the manifest again, for a reader that stays open; whether it had changed."""
        stamp = _stamp(self._root)
        if stamp == self._seen:
            return False
        self._manifest, self._seen = _read_manifest(self._root), stamp
        return True

    @property
    def edition(self) -> tuple[int, int]:
        """What is another one after each publication that was seen."""
        return self._seen

    @property
    def buckets(self) -> int:
        """How many household buckets there are."""
        return int(self._manifest["buckets"])

    def datasets(self) -> list[str]:
        """Names of all published datasets, sorted."""
        return sorted(self._manifest["datasets"])

    def has(self, dataset: str) -> bool:
        """Whether a dataset was published."""
        return dataset in self._manifest["datasets"]

    def files(self, dataset: str, *, bucket: int | None = None) -> list[DataFile]:
        """Files of a dataset, of one bucket if asked; sorted by bucket, period, path."""
        entry = self._manifest["datasets"].get(dataset, {"files": []})
        found = [self._data_file(record) for record in entry["files"]]
        return [file for file in found if bucket is None or file.bucket == bucket]

    def properties(self, dataset: str) -> dict[str, str]:
        """Facts remembered about a dataset."""
        return dict(self._manifest["datasets"].get(dataset, {}).get("properties", {}))

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder on the same disk, gone afterwards; leftovers of killed runs go first."""
        base = self._root / "scratch"
        with _disk(self._root):
            base.mkdir(parents=True, exist_ok=True)
            for leftover in set(base.iterdir()) - self._scratch_folders:
                shutil.rmtree(leftover, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(dir=base))
        self._scratch_folders.add(folder)
        try:
            yield folder
        finally:
            self._scratch_folders.discard(folder)
            shutil.rmtree(folder, ignore_errors=True)

    def publish(self, publication: Publication) -> None:
        """Move the new files in and swap the manifest; see the port."""
        before = self._manifest
        if _read_manifest(self._root) != before:
            raise StoreError(
                f"the warehouse in {self._root} was changed by another command meanwhile",
                hint="run the command again",
            )
        try:
            with _disk(self._root):
                after = self._changed(before, publication)
                _swap(self._root, after)
        except StoreError:
            self._sweep(before)
            raise
        self._manifest, self._seen = after, _stamp(self._root)
        self._sweep(before, after)

    def remove_leftovers(self) -> int:
        """Remove every file this state does not name; see the port."""
        with self.scratch():
            pass
        parts = list(self._root.glob(f".{_MANIFEST}.*.part"))
        for part in parts:
            part.unlink(missing_ok=True)
        return len(parts) + self._sweep(self._manifest)

    def _changed(self, before: Mapping[str, Any], publication: Publication) -> dict[str, Any]:
        """The manifest after a change, whose new files are moved in on the way."""
        datasets = dict(before["datasets"])
        for name, files in publication.replace.items():
            records = sorted((self._adopt(name, file) for file in files), key=_order)
            datasets[name] = {"files": records, "properties": {}}
        for name, properties in publication.properties.items():
            if name not in datasets:
                raise ContractError(f"properties were given for the dataset {name!r}, which does not exist")
            datasets[name] = {**datasets[name], "properties": dict(sorted(properties.items()))}
        return {**before, "datasets": dict(sorted(datasets.items()))}

    def _data_file(self, record: Mapping[str, Any]) -> DataFile:
        return DataFile(
            self._root / record["path"], record["rows"], record["sha256"], record["bucket"], record["period"]
        )

    def _adopt(self, dataset: str, file: NewFile | DataFile) -> dict[str, Any]:
        if isinstance(file, DataFile):
            path, rows, digest = file.path, file.rows, file.sha256
        else:
            digest = _digest(file.path)
            rows = pq.read_metadata(file.path).num_rows
            path = self._root / "data" / dataset / _file_name(file, digest)
            _move_durably(file.path, path)
        return {
            "path": path.relative_to(self._root).as_posix(),
            "rows": rows,
            "sha256": digest,
            "bucket": file.bucket,
            "period": file.period,
        }

    def _sweep(self, *manifests: Mapping[str, Any]) -> int:
        """Remove files no manifest names, and the folders that are empty then; what resists goes next time."""
        removed = 0
        named = {
            record["path"]
            for manifest in manifests
            for entry in manifest["datasets"].values()
            for record in entry["files"]
        }
        for folder, _, files in os.walk(self._root / "data", topdown=False):
            for file in files:
                path = Path(folder, file)
                if path.relative_to(self._root).as_posix() not in named:
                    with suppress(OSError):
                        path.unlink()
                        removed += 1
            with suppress(OSError):
                Path(folder).rmdir()
        return removed


def _stamp(root: Path) -> tuple[int, int]:
    """What changes when the manifest is swapped."""
    try:
        found = (root / _MANIFEST).stat()
    except OSError:
        return (0, 0)
    return (found.st_ino, found.st_mtime_ns)


def _read_manifest(root: Path) -> dict[str, Any]:
    path = root / _MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StoreError(
            f"there is no warehouse in {root}", hint="make a workspace with `regulars init DIR`"
        ) from None
    except (OSError, ValueError) as error:
        raise StoreError(
            f"the warehouse manifest {path} cannot be read: {error}",
            hint="rebuild the warehouse from the source files with `regulars data load`",
        ) from error
    if manifest.get("format") != _FORMAT:
        raise StoreError(
            f"the warehouse in {root} has format {manifest.get('format')}; this release reads format {_FORMAT}"
        )
    return manifest


def _swap(root: Path, manifest: Mapping[str, Any]) -> None:
    text = json.dumps(manifest, indent=1, sort_keys=False) + "\n"
    write_whole(text.encode(), root / _MANIFEST)
    sync_folder(root)


def _move_durably(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as stream:
        os.fsync(stream.fileno())
    source.replace(target)
    sync_folder(target.parent)


def _file_name(file: NewFile, digest: str) -> str:
    parts = [] if file.bucket is None else [f"bucket={file.bucket:02d}"]
    if file.period:
        parts.append(f"period={file.period}")
    return "/".join([*parts, f"{digest[:16]}.parquet"])


def _order(record: Mapping[str, Any]) -> tuple[int, str, str]:
    bucket = record["bucket"]
    return (-2 if bucket is None else bucket, record["period"], record["path"])


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _disk(root: Path) -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(
            f"the warehouse in {root} could not be written: {error.strerror or error} ({error.filename or root})",
            hint="look at free space and permissions with `regulars doctor`; nothing was changed",
        ) from error
