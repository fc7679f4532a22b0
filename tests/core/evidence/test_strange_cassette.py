"""A cassette from a stranger is data: whatever it holds, it is read or refused by name, and costs little."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.evidence import cassette
from conformance.evidence.cassette import CassetteError, Recording
from conformance.protocol.answer import Outcome, read_answer
from conformance.report.result import cost
from tests.core.evidence.test_cassette import INFO, URL, back, made

HEAD = "version: 1\ninteractions: []\n"
LAUGHS = "".join(
    f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]\n" for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "".join(
    f"{name}: &{name} {{<<: [{', '.join([f'*{below}'] * 9)}]}}\n"
    for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)

BOMBS = {
    "aliases": f"{HEAD}a: &a [lol]\n{LAUGHS}metadata: {{url: *i}}\n",
    "merges": f"{HEAD}a: &a {{x: 1}}\n{MERGES}metadata: {{url: *i}}\n",
    "an endless loop": f"{HEAD}metadata: &a {{url: *a}}\n",
    "brackets": f"{HEAD}metadata: {'[' * 200_000}{']' * 200_000}\n",
    "braces": f"{HEAD}metadata: {'{a: ' * 200_000}1{'}' * 200_000}\n",
    "dashes": f"{HEAD}metadata:\n{'- ' * 100_000}a\n",
}

MEMORY = 600 * 1024 * 1024


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_by_name_before_it_costs_anything(name: str, tmp_path: Path) -> None:
    """In a process of its own, with little memory: what is not refused would take this one along."""
    path = tmp_path / "row.yaml"
    path.write_text(BOMBS[name], encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from conformance.evidence.cassette import CassetteError, Recording\n"
        "try: Recording(Path(sys.argv[1]))\n"
        "except CassetteError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith(f"{path}: cannot be read as a cassette (ValueError: ")
    assert done.stdout.endswith("; delete it and record the row again\n")


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "row.yaml"
    back(path, made(b"abc"))
    monkeypatch.setattr(cassette, "LARGEST", path.stat().st_size - 1)
    monkeypatch.setattr(Path, "read_text", lambda *args, **how: pytest.fail("it was read"))
    with pytest.raises(CassetteError, match=r"larger than \d+ bytes"):
        Recording(path)


def changed(path: Path, change: Callable[[Any], object]) -> None:
    """A good cassette with its data changed."""
    cassette.save(path, INFO, URL, [made(b"abc")])
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(yaml.safe_dump(data), encoding="utf-8")


def answer(data: Any) -> Any:
    return data["interactions"][0]["response"]


def question(data: Any) -> Any:
    return data["interactions"][0]["request"]


WRONG: dict[str, Callable[[Any], object]] = {
    "a status that is none": lambda data: answer(data)["status"].update(code=7),
    "a status in words": lambda data: answer(data)["status"].update(code="fine"),
    "a body that is a number": lambda data: answer(data)["body"].update(string=999_999_999_999),
    "a question's body that is a number": lambda data: question(data).update(body=999_999_999_999),
    "a question's header that is a list": lambda data: question(data)["headers"].update(accept=[["a", "b"]]),
    "a method that is a number": lambda data: question(data).update(method=5),
    "an address that is a number": lambda data: question(data).update(uri=5),
    "a piece of less than nothing": lambda data: answer(data).update(chunks=[[0.1, -1], [0.2, 4]]),
    "a piece at no time": lambda data: answer(data).update(chunks=[[float("nan"), 3]]),
    "endless seconds": lambda data: answer(data).update(seconds=float("inf")),
    "seconds below nothing": lambda data: answer(data).update(seconds=-1),
    "a date that is none": lambda data: answer(data).update(sent_at="yesterday"),
    "no date": lambda data: answer(data).pop("sent_at"),
    "an attempt below nothing": lambda data: answer(data).update(attempt=-1),
    "a failure that is a list": lambda data: answer(data).update(failure=["cut"]),
    "waits that are words": lambda data: answer(data).update(waits="many"),
    "a header that is a mapping": lambda data: answer(data)["headers"].update(allow=[{"a": 1}]),
    "a seed in words": lambda data: data["metadata"].update(seed="seven"),
    "a model that is a list": lambda data: data["metadata"].update(model=["m"]),
    "an address of the run that is a number": lambda data: data["metadata"].update(url=5),
    "interactions that are a mapping": lambda data: data.update(interactions={"a": 1}),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_has_a_wrong_type_is_refused_by_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / "row.yaml"
    changed(path, WRONG[name])
    with pytest.raises(CassetteError, match="delete it and record the row again") as caught:
        Recording(path)
    assert str(caught.value).startswith(f"{path}: cannot be read as a cassette (")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PLACES = st.sampled_from(
    ["status", "headers", "body", "chunks", "seconds", "sent_at", "attempt", "beside", "failure", "waits"]
)


@settings(deadline=None, max_examples=150)
@given(PLACES, ANYTHING)
def test_whatever_stands_in_a_place_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: str, value: object
) -> None:
    path = tmp_path_factory.getbasetemp() / "strange.yaml"
    changed(path, lambda data: answer(data).update({place: value}))
    with suppress(CassetteError):
        (found,) = Recording(path).exchanges
        assert found.request.body == made(b"abc").request.body
        assert read_answer(found).outcome in Outcome
        assert cost(found).requests >= 1
