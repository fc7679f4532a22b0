"""The workflows and the action as files: checked by actionlint and shellcheck, and safe by what they grant to whom."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTION = GITHUB / "actions" / "conformance" / "action.yml"
SCRIPTS = sorted(GITHUB.rglob("*.sh"))
INLINE = {
    "python -m pip install --quiet -c constraints.txt .",
    'echo "jobs=$(python -m conformance.report night)" >> "$GITHUB_OUTPUT"',
}
"""What a step may say itself: everything longer is a script, which test_scripts.py runs."""


def tool(name: str) -> str:
    """The program that the development dependencies bring."""
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    assert found, f"{name} is not installed: pip install -c constraints.txt -e '.[dev]'"
    return found


def checked(command: list[str]) -> str:
    """What a checker finds fault with."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def steps() -> Iterator[dict[str, Any]]:
    for path in WORKFLOWS:
        for job in read(path)["jobs"].values():
            yield from job["steps"]
    yield from read(ACTION)["runs"]["steps"]


def test_actionlint_finds_nothing() -> None:
    files = [str(path) for path in WORKFLOWS]
    found = checked([tool("actionlint"), "-oneline", "-shellcheck", tool("shellcheck"), *files])
    assert found == ""


def test_actionlint_would_find_a_fault(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("on: push\njobs:\n  a:\n    runs-on: nowhere-1\n", encoding="utf-8")
    assert checked([tool("actionlint"), "-oneline", str(tmp_path / "bad.yml")]) != ""


def test_shellcheck_finds_nothing() -> None:
    assert len(SCRIPTS) == 8
    assert checked([tool("shellcheck"), *map(str, SCRIPTS)]) == ""


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_stops_at_the_first_fault(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines


def test_what_a_step_does_is_a_script_or_one_of_a_few_words() -> None:
    said = {step["run"] for step in steps() if "run" in step}
    scripts = {each for each in said if re.fullmatch(r"bash (\S+\.sh|\S+\.sh\"|\.ci/run \"\$PART\")", each)}
    assert said - scripts == INLINE
    for each in scripts:
        name = each.removeprefix("bash ").removesuffix(' "$PART"').strip('"')
        path = name.replace("$GITHUB_ACTION_PATH", str(ACTION.parent))
        assert (ROOT / path).is_file(), each


def test_no_step_puts_an_expression_into_a_shell() -> None:
    assert not [step["run"] for step in steps() if "run" in step and "${{" in step["run"]]


def test_actions_are_github_s_own_at_a_version() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", each) for each in used), used


def test_the_parallel_jobs_of_a_commit_run_all_that_ci_runs() -> None:
    parts = read(GITHUB / "workflows" / "ci.yml")["jobs"]["check"]["strategy"]["matrix"]["part"]
    tops = {path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").rglob("test_*.py")}
    assert {word for part in parts for word in part.split()} == {"main-job", "lint", *tops}


def nightly() -> dict[str, Any]:
    return read(GITHUB / "workflows" / "nightly.yml")


def test_no_job_has_a_key_and_may_write() -> None:
    workflow = nightly()
    assert workflow["permissions"] == {}
    with_keys, writing = set(), set()
    for name, job in workflow["jobs"].items():
        if "secrets" in str(job):
            with_keys.add(name)
        if "write" in job["permissions"].values():
            writing.add(name)
    assert with_keys == {"measure"}
    assert writing == {"keep", "deploy"}


def test_a_job_sees_the_key_of_its_own_provider_alone() -> None:
    assert re.findall(r"secrets[^ }]*", str(nightly())) == ["secrets[matrix.secret]"]


def test_jobs_that_write_run_no_code_of_a_dependency() -> None:
    for name in ("keep", "deploy"):
        assert "pip" not in str(nightly()["jobs"][name])


def test_a_job_with_a_key_keeps_no_token_for_git() -> None:
    (checkout,) = [each for each in nightly()["jobs"]["measure"]["steps"] if "checkout" in each.get("uses", "")]
    assert checkout["with"]["persist-credentials"] is False


def test_a_failed_provider_does_not_keep_the_others_from_being_published() -> None:
    jobs = nightly()["jobs"]
    assert jobs["measure"]["strategy"]["fail-fast"] is False
    assert "!cancelled()" in jobs["build"]["if"]
    assert "measure.result" not in jobs["build"]["if"]


def test_nothing_is_published_that_was_not_built() -> None:
    jobs = nightly()["jobs"]
    for name in ("keep", "deploy"):
        assert "needs.build.result == 'success'" in jobs[name]["if"]


def test_what_commits_leave_to_the_night_is_run_there() -> None:
    jobs = nightly()["jobs"]
    assert "bash .github/scripts/proofs.sh" in str(jobs["proofs"])
    assert "bash .github/scripts/clients.sh" in str(jobs["clients"])
    proofs = (GITHUB / "scripts" / "proofs.sh").read_text(encoding="utf-8")
    assert "python -m tests.proofs\npython -m tests.oracle\npython -m tests.official\n" in proofs
    assert "CONFORMANCE_PROOFS=nightly python -m pytest" in proofs


def test_every_job_is_bounded_in_time() -> None:
    for path in WORKFLOWS:
        assert all("timeout-minutes" in job for job in read(path)["jobs"].values())


def test_the_action_installs_without_the_key() -> None:
    (install,) = [step for step in read(ACTION)["runs"]["steps"] if "install.sh" in step.get("run", "")]
    assert install["env"] == {"CONFORMANCE_API_KEY": ""}


def test_the_action_hands_every_input_to_its_script() -> None:
    action = read(ACTION)
    (run,) = [step for step in action["runs"]["steps"] if step.get("id") == "run"]
    handed = set(run["env"].values())
    inputs = action["inputs"].keys() - {"python-version"}
    assert handed == {f"${{{{ inputs.{name} }}}}" for name in inputs}
    script = (ACTION.parent / "run.sh").read_text(encoding="utf-8")
    assert all(f"${name}" in script or f"${{{name}" in script for name in run["env"])
