"""Files that are made from the code: written by `make golden`, compared by `make check`.

A generator takes nothing and returns texts by path, relative to the repository. To add one, write the function and
name it in `GENERATORS`. A file in one of `WHOLE_FOLDERS` that no generator makes is stale too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from regulars.api import till_description

from . import reference_pages, sql_subset

ROOT = Path(__file__).parents[2]
WHOLE_FOLDERS = ("docs/reference", "tests/golden/spark")


def spark_texts() -> dict[str, str]:
    """What Spark is given for each step, by path."""
    return {
        f"tests/golden/spark/{name}": sql_subset.spark_text(file.read_text(encoding="utf-8"))
        for name, file in sql_subset.step_files().items()
    }


def openapi_text() -> dict[str, str]:
    """The till's calls as a till vendor reads them, by path."""
    text = json.dumps(till_description(), indent=1, ensure_ascii=False, sort_keys=True)
    return {"docs/reference/till-api.json": text + "\n"}


GENERATORS: tuple[Callable[[], Mapping[str, str]], ...] = (reference_pages.texts, spark_texts, openapi_text)


def texts() -> dict[str, str]:
    """All generated files, by path relative to the repository."""
    made: dict[str, str] = {}
    for generate in GENERATORS:
        for path, text in generate().items():
            assert path not in made, f"{path} is made twice"
            made[path] = text
    return made


def stale(made: Mapping[str, str], root: Path = ROOT) -> list[str]:
    """Paths whose file differs, is missing, or is made by nothing any more; sorted."""
    differing = {path for path, text in made.items() if not _holds(root / path, text)}
    standing = {
        file.relative_to(root).as_posix()
        for folder in WHOLE_FOLDERS
        for file in (root / folder).rglob("*")
        if file.is_file()
    }
    return sorted(differing | (standing - set(made)))


def write(made: Mapping[str, str], root: Path = ROOT) -> list[str]:
    """Write what is stale and remove what nothing makes; the paths that changed."""
    changed = stale(made, root)
    for path in changed:
        file = root / path
        if path in made:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(made[path], encoding="utf-8")
        else:
            file.unlink()
    return changed


def _holds(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` only say which are stale; 1 if any is."""
    if arguments == ["--check"]:
        found = stale(texts())
        sys.stdout.writelines(f"stale: {path} (make golden)\n" for path in found)
        return 1 if found else 0
    if arguments:
        sys.stderr.write("usage: python -m tests.golden.regenerate [--check]\n")
        return 2
    sys.stdout.writelines(f"written: {path}\n" for path in write(texts()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
