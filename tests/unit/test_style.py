"""The house style, as far as a test can hold it: sizes, what a package exports and says of itself, quick start."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
PACKAGES = sorted(
    ".".join(path.parent.relative_to(ROOT / "src").parts) for path in SOURCES if path.name == "__init__.py"
)
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
HEAVY = {
    "alembic",
    "duckdb",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "sqlalchemy",
    "typst",
    "vl_convert",
}


def long_functions(text: str) -> list[tuple[str, int]]:
    functions = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    found = []
    for function in functions:
        documented = ast.get_docstring(function, clean=False)
        lines = (function.end_lineno or 0) - function.lineno + 1
        if documented:
            first = function.body[0]
            lines -= (first.end_lineno or 0) - first.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            found.append((function.name, lines))
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_and_files_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert long_functions(text) == []
    assert len(text.splitlines()) <= FILE_LINES_MAX


def test_the_size_rule_can_fail() -> None:
    body = "\n".join("    pass" for _ in range(FUNCTION_LINES_MAX))
    assert long_functions(f"def long():\n{body}\n") == [("long", FUNCTION_LINES_MAX + 1)]


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_exports_what_it_says_in_order(name: str) -> None:
    package = importlib.import_module(name)
    declared = declared_exports(Path(str(package.__file__)))
    assert declared == sorted(declared, key=export_order)
    assert sorted(declared) == sorted(getattr(package, "__all__", []))
    assert [export for export in declared if not hasattr(package, export)] == []


def declared_exports(file: Path) -> list[str]:
    """What `__all__` says in a package's stub, or in the package itself where it has none."""
    stub = file.with_suffix(".pyi")
    tree = ast.parse((stub if stub.exists() else file).read_text())
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "__all__"
        ):
            return list(ast.literal_eval(node.value))
    return []


def export_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions: ruff's own order."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2, name)


@pytest.mark.parametrize("name", [name for name in PACKAGES if name.count(".") == 1])
def test_a_room_says_what_comes_in_what_goes_out_and_what_is_not_here(name: str) -> None:
    documented = importlib.import_module(name).__doc__ or ""
    for word in ("In:", "Out:", "Rules:", "Not here"):
        assert word in documented, f"{name} does not say {word}"


def test_the_command_line_starts_without_heavy_imports() -> None:
    script = "import sys, regulars.cli._root; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {module.split(".")[0] for module in done.stdout.split()}
    assert loaded & HEAVY == set()
    assert "click" in loaded
