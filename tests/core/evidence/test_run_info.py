"""What is said of a run is read as it was written, and what no run can be judged without is missed at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.evidence.run_info import RunInfo, read_run_info, run_info_as_data
from conformance.probing.everywhere import Mark
from conformance.probing.unsteady import Unsteady

LEAST = RunInfo(seed=0, model="m", auth="bearer", anthropic_version="2023-06-01")
WHOLE = replace(
    LEAST,
    row="fields.top_k",
    provider="acme",
    url="http://x.invalid",
    long_prompt=False,
    mode="live",
    changed="it changed",
    judged="broken",
    run_cut="it is down",
    seen_elsewhere=(Mark(exchange="ab", row="a", role="b", peers=2),),
    unsteady=Unsteady(asked=9, failed=3, words=frozenset({"HTTP 502", "HTTP 500"})),
    further={"of_another_version": [1, {"a": None}]},
)


@pytest.mark.parametrize("info", [LEAST, WHOLE])
def test_what_is_written_is_read(info: RunInfo) -> None:
    assert read_run_info(run_info_as_data(info)) == info


def test_what_is_not_known_is_not_written() -> None:
    assert list(run_info_as_data(LEAST)) == ["model", "auth", "anthropic_version", "seed"]


def test_what_is_known_is_written_in_one_order_and_what_is_unknown_behind_it() -> None:
    assert list(run_info_as_data(WHOLE)) == [
        *("row", "provider", "url", "model", "auth", "anthropic_version", "long_prompt", "seed", "mode"),
        *("changed", "judged", "run_cut", "seen_elsewhere", "unsteady", "of_another_version"),
    ]
    assert run_info_as_data(WHOLE)["unsteady"] == {
        "asked": 9,
        "failed": 3,
        "words": ["HTTP 500", "HTTP 502"],
        "astray": 0,
    }


@pytest.mark.parametrize("name", ["seed", "model", "auth", "anthropic_version"])
def test_a_run_cannot_be_judged_without(name: str) -> None:
    told = run_info_as_data(WHOLE)
    del told[name]
    with pytest.raises(ValueError, match=name):
        read_run_info(told)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1},
        {"seed": "seven"},
        {"model": ["m"]},
        {"seen_elsewhere": [{"exchange": 5}]},
        {"seen_elsewhere": [{"exchange": "ab", "row": "a", "role": "b", "peers": -1}]},
        {"unsteady": {"asked": 1}},
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        read_run_info({**run_info_as_data(WHOLE), **wrong})


def test_an_exchange_of_several_rows_says_nothing_of_one() -> None:
    shared = WHOLE.of_the_run()
    assert (shared.row, shared.judged, shared.run_cut) == ("", "", "")
    assert (shared.changed, shared.unsteady, shared.further) == (WHOLE.changed, WHOLE.unsteady, WHOLE.further)
