"""What every test shares: in CI a skip is a failure, for there the system has all that is needed."""

import os
import shutil
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# The first call of a property may compile machine code, which takes longer than any deadline that would mean something.
settings.register_profile("regulars", deadline=None)
settings.load_profile("regulars")


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """The system's Chromium; whoever asks for it skips by name where there is none."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: the demonstration in the first worker's share, the made-up shop in the second's.

    Workers get equal shares of the order, and take from the end of each other's when they are done. So nobody is idle
    beside a long test at the end, and each of the two workspaces that many tests share is made once.
    """
    demo, shop, others = [], [], []
    for item in items:
        end_to_end = item.path.parent.name == "e2e"
        (demo if end_to_end and item.path.name == "test_demo.py" else shop if end_to_end else others).append(item)
    share = len(items) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    between = max(share - len(demo), 0)
    items[:] = [*demo, *others[:between], *shop, *others[between:]]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report
