"""Every script of the workflows and of the action, run as a runner runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from conformance.report.read import read_matrix
from tests.core.matrices import file, row
from tests.end_to_end.running import (
    KEY,
    KEY_VARIABLE,
    MODEL,
    ROOT,
    Ended,
    copy_of_the_checkout,
    ended,
    environment,
    files_below,
)
from tests.end_to_end.servers import embedded

SCRIPTS = ROOT / ".github" / "scripts"
ACTION = ROOT / ".github" / "actions" / "conformance"
ROW = "fields.top_k"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_the_checkout(tmp_path_factory.mktemp("checkout"))


async def top_k_breaks(request: Request, body: bytes) -> Response | None:
    if b'"top_k"' not in body:
        return None
    return JSONResponse({"type": "error", "error": {"type": "api_error", "message": "oh"}}, status_code=500)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with embedded(top_k_breaks) as url:
        yield url


def script(path: Path, folder: Path, **variables: str | None) -> Ended:
    """Runs a script in a folder, with this interpreter as `python`."""
    first = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return ended(["bash", str(path)], folder, environment(**{"PATH": first, **variables}))


def outputs(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return dict(line.split("=", 1) for line in lines)


# One provider of a night


def provider(folder: Path, url: str) -> str:
    lines = [
        'name = "mine"',
        'title = "Mine"',
        f'base_url = "{url}"',
        'auth = ["x-api-key"]',
        'api_key_env = "SOMETHING_ELSE"',
        f'[[models]]\nid = "{MODEL}"\n',
        '[[documents]]\nid = "guide"\ntitle = "Guide"\n',
        f'[[claims]]\nrow = "{ROW}"\nstatus = "supported"\nquote = "{ROW}"\ndocument = "guide"\n',
    ]
    path = folder / "mine.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def measure(checkout: Path, folder: Path, url: str, key: str | None) -> Ended:
    return script(
        SCRIPTS / "measure.sh",
        checkout,
        PROVIDER=provider(folder, url),
        NIGHT=str(folder / "night"),
        GITHUB_OUTPUT=str(folder / "outputs"),
        GITHUB_STEP_SUMMARY=str(folder / "summary.md"),
        PYTEST_ADDOPTS="--seed=5",
        **{KEY_VARIABLE: key},
    )


def test_a_provider_with_a_key_is_measured_and_its_faults_are_no_failed_night(
    checkout: Path, tmp_path: Path, endpoint: str
) -> None:
    night = measure(checkout, tmp_path, endpoint, KEY)
    assert night.code == 0, night.out
    assert outputs(tmp_path / "outputs") == {"measured": "true"}
    found = read_matrix(tmp_path / "night" / "reports" / "mine" / MODEL / "matrix.json")
    assert found.by_id[ROW].status == "broken"
    assert (tmp_path / "night" / "cassettes" / "mine" / MODEL / f"{ROW}.yaml").is_file()
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert summary.index(ROW) < summary.index("<details>")
    assert not [name for name, data in files_below(tmp_path).items() if KEY.encode() in data]


def test_a_provider_without_a_key_is_left_as_it_is_declared(checkout: Path, tmp_path: Path, endpoint: str) -> None:
    night = measure(checkout, tmp_path, endpoint, None)
    assert night.code == 0, night.out
    assert "::notice::" in night.out
    assert outputs(tmp_path / "outputs") == {"measured": "false"}
    assert not (tmp_path / "night").exists()


def test_a_provider_that_cannot_be_reached_is_a_failed_night(checkout: Path, tmp_path: Path) -> None:
    night = measure(checkout, tmp_path, NOWHERE, KEY)
    assert night.code > 1, night.out
    assert outputs(tmp_path / "outputs") == {"measured": "false"}


# What is kept from night to night


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A checkout with an origin of its own."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git(tmp_path, "init", "--quiet", "--initial-branch=main", "clone")
    folder = tmp_path / "clone"
    git(folder, "remote", "add", "origin", str(tmp_path / "origin.git"))
    (folder / "README.md").write_text("suite", encoding="utf-8")
    (folder / ".gitignore").write_text("*.json\n", encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "Begin")
    git(folder, "push", "--quiet", "origin", "main")
    return folder


def keep(clone: Path, name: str = "keep.sh") -> Ended:
    return script(SCRIPTS / name, clone, BRANCH="published", KEPT=".night/kept")


def kept_run(clone: Path, day: int) -> None:
    home = clone / ".night" / "kept" / "reports" / "example" / "large"
    (home / "runs").mkdir(parents=True, exist_ok=True)
    text = json.dumps(file(row(ROW), day=day))
    for name in ("matrix.json", f"runs/2026010{day}T020000Z.json"):
        (home / name).write_text(text, encoding="utf-8")


def kept_files(clone: Path) -> set[str]:
    return set(files_below(clone / ".night" / "kept"))


def test_nights_add_up_on_their_branch(clone: Path) -> None:
    first = keep(clone, "fetch-kept.sh")
    assert first.code == 0, first.out
    assert "first night" in first.out
    kept_run(clone, 1)
    assert keep(clone).code == 0
    assert "it all already" in keep(clone).out
    kept_run(clone, 2)
    assert keep(clone).code == 0
    assert git(clone, "rev-list", "--count", "FETCH_HEAD") == "1"
    assert git(clone, "ls-remote", "origin", "refs/heads/published") != ""
    git(clone, "fetch", "--quiet", "--unshallow", "origin", "published")
    assert git(clone, "rev-list", "--count", "FETCH_HEAD") == "2"
    assert git(clone, "status", "--porcelain", "--untracked-files=no") == ""

    before = kept_files(clone)
    for path in sorted((clone / ".night").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    again = keep(clone, "fetch-kept.sh")
    assert again.code == 0, again.out
    assert kept_files(clone) == before
    assert len(before) == 3


def test_a_server_that_cannot_be_asked_is_no_first_night(clone: Path) -> None:
    kept_run(clone, 1)
    git(clone, "remote", "set-url", "origin", str(clone / "gone.git"))
    for name in ("fetch-kept.sh", "keep.sh"):
        done = keep(clone, name)
        assert done.code == 1, done.out
        assert "could not be asked" in done.out


def test_an_empty_folder_is_never_kept(clone: Path) -> None:
    (clone / ".night" / "kept").mkdir(parents=True)
    done = keep(clone)
    assert done.code == 1
    assert "holds no run" in done.out
    assert git(clone, "ls-remote", "origin", "refs/heads/published") == ""


# The site


def build(checkout: Path, folder: Path) -> Ended:
    return script(
        SCRIPTS / "build-site.sh",
        checkout,
        KEPT=str(folder / "kept"),
        NIGHT=str(folder / "night"),
        SITE=str(folder / "site"),
        SITE_URL="",
        GITHUB_REPOSITORY="Some-Owner/suite",
        GITHUB_STEP_SUMMARY=str(folder / "summary.md"),
    )


def left(folder: Path, run: dict[str, Any]) -> None:
    home = folder / "reports" / run["endpoint"]["provider"] / run["endpoint"]["model"]
    home.mkdir(parents=True)
    (home / "matrix.json").write_text(json.dumps(run), encoding="utf-8")


def test_without_a_run_nothing_is_built(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    done = build(checkout, tmp_path)
    assert done.code != 0
    assert "there is nothing to publish" in done.out
    assert not (tmp_path / "site").exists()


def test_the_site_is_built_of_the_good_runs(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    left(tmp_path / "kept", file(row(ROW), day=1))
    left(tmp_path / "night", file(row(ROW, "untested"), day=2))
    left(tmp_path / "night", file(row(ROW, "broken"), day=2, model="small"))
    done = build(checkout, tmp_path)
    assert done.code == 0, done.out
    site = set(files_below(tmp_path / "site"))
    assert {"index.html", "changes/index.html", "changes.atom", "rows.csv"} <= site
    assert {f"example/{model}/{ROW}.html" for model in ("large", "small")} <= site
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "    example/large, run of 2026-01-02T02:00:00+00:00: left out: it measured nothing" in summary
    feed = (tmp_path / "site" / "changes.atom").read_text(encoding="utf-8")
    assert "https://some-owner.github.io/suite/changes.atom" in feed


# The action


def act(checkout: Path, folder: Path, url: str, **inputs: str | None) -> Ended:
    return script(
        ACTION / "run.sh",
        folder,
        PYTHON=sys.executable,
        PYTHONPATH=str(checkout),
        RUNNER_TEMP=str(folder),
        GITHUB_OUTPUT=str(folder / "outputs"),
        GITHUB_STEP_SUMMARY=str(folder / "summary.md"),
        **{"ENDPOINT": url, "MODEL": MODEL, "OPTIONS": "-p conformance.plugin -k top_k --seed=5", **inputs},
    )


@pytest.fixture(scope="module")
def without_baseline(
    checkout: Path, endpoint: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Ended, Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("action")
    return act(checkout, folder, endpoint), folder, outputs(folder / "outputs")


def test_without_a_baseline_the_action_ends_as_the_suite_does(
    without_baseline: tuple[Ended, Path, dict[str, str]],
) -> None:
    done, folder, said = without_baseline
    assert done.code == 1, done.out
    (found,) = read_matrix(Path(said["matrix"])).rows
    assert (found.id, found.status) == (ROW, "broken")
    assert ROW in (folder / "summary.md").read_text(encoding="utf-8")


def test_with_a_baseline_the_action_fails_only_on_what_is_worse(
    without_baseline: tuple[Ended, Path, dict[str, str]], checkout: Path, endpoint: str, tmp_path: Path
) -> None:
    run = json.loads(Path(without_baseline[2]["matrix"]).read_text(encoding="utf-8"))
    (tmp_path / "baseline.json").write_text(json.dumps(run), encoding="utf-8")
    same = act(checkout, tmp_path, endpoint, BASELINE="baseline.json")
    assert same.code == 0, same.out
    assert "1 as before" in same.out
    run["rows"][0]["status"] = "supported"
    (tmp_path / "baseline.json").write_text(json.dumps(run), encoding="utf-8")
    worse = act(checkout, tmp_path, endpoint, BASELINE="baseline.json")
    assert worse.code == 1, worse.out
    assert f"{ROW}: supported → broken" in worse.out


def test_the_action_answers_for_a_profile(checkout: Path, endpoint: str, tmp_path: Path) -> None:
    done = act(checkout, tmp_path, endpoint, PROFILE="vision", OPTIONS="-p conformance.plugin --seed=5")
    assert done.code == 0, done.out
    said = outputs(tmp_path / "outputs")
    (profile,) = read_matrix(Path(said["matrix"])).profiles
    assert (profile.name, profile.readiness) == ("vision", "ready")


@pytest.mark.parametrize("baseline", ["", "baseline.json"])
def test_an_endpoint_that_cannot_be_measured_fails_with_and_without_a_baseline(
    baseline: str, checkout: Path, tmp_path: Path
) -> None:
    (tmp_path / "baseline.json").write_text(json.dumps(file(row(ROW))), encoding="utf-8")
    done = act(checkout, tmp_path, NOWHERE, BASELINE=baseline)
    assert done.code > 1, done.out


def test_the_action_says_what_is_missing(checkout: Path, endpoint: str, tmp_path: Path) -> None:
    done = act(checkout, tmp_path, endpoint, **{KEY_VARIABLE: None})
    assert done.code != 0
    assert "set it in the env of the step" in done.out


def test_the_action_installs_its_own_version_beside_the_callers_environment(tmp_path: Path) -> None:
    """With a `python` that only notes what it was asked: a real installation takes a registry and a minute."""
    log = tmp_path / "log"
    stub = (
        f'#!/bin/sh\necho "$0 $*" >> {log}\nif [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi\n'
    )
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").write_text(stub, encoding="utf-8")
    (tmp_path / "bin" / "python").chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = ended(["bash", str(ACTION / "install.sh")], tmp_path, environment(PATH=path, RUNNER_TEMP=str(tmp_path)))
    assert done.code == 0, done.out
    made, installed = log.read_text(encoding="utf-8").splitlines()
    assert made.endswith(f"-m venv {tmp_path}/conformance")
    assert installed.startswith(f"{tmp_path}/conformance/bin/python -m pip install")
    assert installed.endswith(f"-c {ROOT}/constraints.txt {ROOT}")
