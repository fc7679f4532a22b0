"""Another plugin of the same environment has options of the same names: pytest starts, and ours are had by longer ones.

Which of the two is loaded first is chance: each order is tried, as pytest-replay and pytest-profiling have them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.running import run_in

NEIGHBOUR = """
def pytest_addoption(parser):
    group = parser.getgroup("neighbour")
    for name in ("--replay", "--seed"):
        group.addoption(name, action="store", dest=f"neighbour_{name[2:]}", default="nothing")
    group.addoption("--profile", action="store_true")

def pytest_report_header(config):
    return f"neighbour: {config.option.neighbour_replay}, {config.option.neighbour_seed}, {config.option.profile}"
"""
OURS = ("-p", "conformance.plugin")
THEIRS = ("-p", "neighbour")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    (tmp_path / "neighbour.py").write_text(NEIGHBOUR, encoding="utf-8")
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("plugins", [(*OURS, *THEIRS), (*THEIRS, *OURS)], ids=["ours first", "theirs first"])
def test_pytest_starts_beside_a_plugin_that_has_our_options(elsewhere: Path, plugins: tuple[str, ...]) -> None:
    ran = run_in(elsewhere, *plugins, "--replay=x", "--seed=7", "--profile", PYTHONPATH=str(elsewhere))
    assert ran.code == 0, ran.out
    assert "neighbour: x, 7, True" in ran.out
    assert "instead of" not in ran.out  # nobody asked for ours: nothing is said


def test_options_that_are_taken_have_a_longer_name_that_the_help_the_header_and_the_printed_lines_say(
    checkout: Path, elsewhere: Path
) -> None:
    helped = run_in(elsewhere, *OURS, *THEIRS, "--help", PYTHONPATH=str(elsewhere))
    assert "--conformance-replay" in helped.out
    assert "--replay is another plugin's" in helped.out
    assert "--conformance-model" not in helped.out
    ran = run_in(
        checkout,
        *THEIRS,
        "--conformance-seed=5",
        "--max-requests=99",
        "-k=fields.metadata",
        f"--reports={elsewhere / 'reports'}",
        PYTHONPATH=str(elsewhere),
    )
    assert ran.code == 0, ran.out
    assert "write --conformance-profile instead of --profile, --conformance-replay instead of --replay" in ran.out
    _, line = ran.commands("fields.metadata")
    assert line.endswith(" --conformance-seed=5")
