import pytest

from tests import not_run

pytest_plugins = ["pytester"]

SKIPPING = """
import pytest

@pytest.mark.parametrize("number", range(2))
def test_with_a_server(number):
    pytest.skip("ferretdb is not installed")

def test_in_a_cluster():
    pytest.skip("needs ten machines [unproved: cluster size]")

@pytest.mark.xfail(strict=True)
def test_known_to_fail():
    assert not "yet"
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setattr(not_run, "UNPROVED", pytester.path / "unproved.md")
    pytester.makepyfile(SKIPPING)
    return pytester


def test_a_run_ends_with_one_line_for_each_reason(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRESSBOX_REQUIRE", raising=False)
    result = run.runpytest_inprocess("-p", "tests.not_run")
    result.assert_outcomes(skipped=3, xfailed=1)
    result.stdout.fnmatch_lines(
        ["*= not run =*", "2 x ferretdb is not installed", "1 x needs ten machines *unproved: cluster size*"]
    )


def test_a_run_in_which_all_ran_has_no_such_lines(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_inprocess("-p", "tests.not_run")
    result.stdout.no_fnmatch_line("*not run*")


def test_where_all_is_required_a_skip_is_a_failure(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESSBOX_REQUIRE", "all")
    result = run.runpytest_inprocess("-p", "tests.not_run")
    result.assert_outcomes(failed=3, xfailed=1)
    result.stdout.fnmatch_lines(["*this did not run: ferretdb is not installed"])


def test_what_is_listed_as_unproved_may_be_skipped_even_then(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESSBOX_REQUIRE", "all")
    not_run.UNPROVED.write_text("| `cluster size` | needs ten machines |")
    result = run.runpytest_inprocess("-p", "tests.not_run")
    result.assert_outcomes(failed=2, skipped=1, xfailed=1)


def test_a_skipped_module_is_a_failure_too(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESSBOX_REQUIRE", "all")
    pytester.makepyfile("import pytest; pytest.importorskip('no_such_module')")
    result = pytester.runpytest_inprocess("-p", "tests.not_run")
    result.assert_outcomes(errors=1)


def test_a_name_counts_only_as_a_code_span_and_only_when_marked() -> None:
    assert not_run.allowed("no time [unproved: cluster size]", "so far: `cluster size`")
    assert not not_run.allowed("no time [unproved: cluster size]", "so far: cluster size")
    assert not not_run.allowed("no time for `cluster size`", "so far: `cluster size`")
