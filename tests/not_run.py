"""
What becomes of tests that do not run: the run ends with one line for each reason.

With PRESSBOX_REQUIRE=all a skip is a failure, unless its reason carries the mark `[unproved: NAME]` and docs/unproved.md
names that as a code span.
"""

import re
from collections import Counter
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.requirement import everything_required

UNPROVED = Path(__file__).parents[1] / "docs" / "unproved.md"

_MARK = re.compile(r"\[unproved: ([^\]]+)\]")
_CODE_SPAN = re.compile(r"`([^`]+)`")

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def allowed(reason: str, unproved: str) -> bool:
    """Return whether *reason* is marked with a name that the text *unproved* lists."""
    return bool(set(_MARK.findall(reason)) & set(_CODE_SPAN.findall(unproved)))


def lines(reasons: Iterable[str]) -> list[str]:
    return [f"{count} x {reason}" for reason, count in sorted(Counter(reasons).items())]


def judged(report: Report) -> Report:
    if not report.skipped or hasattr(report, "wasxfail") or not everything_required():
        return report
    reason = reason_of(report)
    if not allowed(reason, UNPROVED.read_text(encoding="utf-8") if UNPROVED.exists() else ""):
        report.outcome = "failed"
        report.longrepr = f"PRESSBOX_REQUIRE=all, and this did not run: {reason}"
    return report


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return judged((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return judged((yield))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.write_sep("=", "not run")
        for line in lines(reason_of(report) for report in skipped):
            terminalreporter.write_line(line)
