"""Docstrings: every public function has one, what it documents is what it takes, and its examples run."""

import ast
import doctest
import importlib
import inspect
import pkgutil
from pathlib import Path
from types import FunctionType

import pytest
from docs_pages import ROOT

import regulars

SOURCE = ROOT / "src/regulars"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(regulars.__path__, "regulars.", onerror=lambda name: None)
    if "migrations" not in found.name and not found.name.endswith("__main__")
)
ROOMS = [name for name in MODULES if name.count(".") == 1]
ARGUMENTS_DOCUMENTED_FROM = 4


def public_functions(text: str) -> list[ast.FunctionDef]:
    return [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]


def parameters(function: ast.FunctionDef) -> list[str]:
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    starred = [(function.args.vararg, "*"), (function.args.kwarg, "**")]
    return [
        *(argument.arg for argument in every if argument.arg not in {"self", "cls"}),
        *(f"{stars}{argument.arg}" for argument, stars in starred if argument is not None),
    ]


def documented(docstring: str) -> list[str] | None:
    """Names under ``Args:``, or None if there is no such section."""
    _, found, rest = docstring.partition("Args:\n")
    if not found:
        return None
    section = rest.split("\n\n")[0]
    return [line.strip().partition(":")[0] for line in section.splitlines() if line[4:5] not in {"", " "}]


def faults(text: str) -> list[str]:
    found = []
    for function in public_functions(text):
        docstring = ast.get_docstring(function)
        if not docstring:
            found.append(f"{function.name} has no docstring")
        elif (named := documented(docstring)) is not None and named != parameters(function):
            found.append(f"{function.name} documents {named}, takes {parameters(function)}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_public_functions_are_documented_as_they_are(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", ROOMS)
def test_what_a_room_exports_documents_its_arguments(name: str) -> None:
    room = importlib.import_module(name)
    functions = [
        getattr(room, export) for export in room.__all__ if isinstance(getattr(room, export), FunctionType)
    ]
    bare = [
        function.__name__
        for function in functions
        if len(inspect.signature(function).parameters) >= ARGUMENTS_DOCUMENTED_FROM
        and documented(inspect.getdoc(function) or "") is None
    ]
    assert bare == []


def test_the_rules_can_fail() -> None:
    text = (
        "def bare(x):\n    return x\n\n\n"
        'def half(x, y):\n    """Half.\n\n    Args:\n        x: One.\n    """\n\n\n'
        'def whole(x, *, y):\n    """Whole.\n\n    Args:\n        x: One,\n            twice.\n'
        '        y: Two.\n\n    Returns:\n        z: None.\n    """\n'
    )
    assert faults(text) == ["bare has no docstring", "half documents ['x'], takes ['x', 'y']"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for test in finder.find(importlib.import_module("regulars.kernel._money")) if test.examples]
    assert len(found) >= 3
