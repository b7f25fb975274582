"""What every test shares: in CI a skip is a failure, for there the system has all that is needed."""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

# The first call of a property may compile machine code, which takes longer than any deadline that would mean something.
settings.register_profile("regulars", deadline=None)
settings.load_profile("regulars")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report
