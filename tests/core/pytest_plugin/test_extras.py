"""What only some runs need is an extra: a run that needs one which is not there is told its name."""

from __future__ import annotations

import pytest

from conformance.pytest_plugin import command_line

TOLD = "--alluredir: allure-pytest is not installed; it comes with messages-api-conformance[allure]"


@pytest.mark.parametrize(
    ("args", "told"),
    [(["--alluredir=x"], TOLD), (["-q", "--alluredir", "x"], TOLD), (["--alluredirs=x"], ""), (["-q"], "")],
)
def test_an_extra_that_is_missing_is_named(args: list[str], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line, "find_spec", lambda name: None)
    assert command_line.missing_extra(args) == told


def test_an_extra_that_is_there_is_not_missed() -> None:
    assert command_line.missing_extra(["--alluredir=x"]) == ""
