"""No two rows of a matrix say what cannot both be: ours, those that are published, and every pair of the list."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from conformance.probing.contradicting_pairs import PAIRS
from conformance.probing.contradictions import Contradiction, contradictions, verdicts_of
from conformance.probing.pair_of_rows import Pair, Said, all_say, said
from conformance.probing.verdict import Verdict
from conformance.protocol.status import Deviation, Reason, Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.rows import ROWS
from tests.in_process import KEY, verdicts
from tests.published import REPORTS, columns

IDS = [row.id for row in ROWS]
SUPPORTED, IGNORED = Verdict(status=Status.SUPPORTED), Verdict(status=Status.IGNORED)


def test_the_embedded_endpoints_rows_do_not_contradict_each_other() -> None:
    found = verdicts(create_app(api_key=KEY), model=DEFAULT_MODELS[0])
    assert len(found) == len(ROWS)
    assert contradictions(found) == []


@pytest.mark.parametrize("column", columns(), ids=str)
def test_the_rows_of_a_published_column_do_not_contradict_each_other(column: Path) -> None:
    matrix = json.loads((REPORTS / column / "matrix.json").read_bytes())
    assert [str(each) for each in contradictions(verdicts_of(matrix))] == []


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{n}: {pair.one.rows[0]}" for n, pair in enumerate(PAIRS)])
def test_each_pair_names_rows_that_exist_and_words_that_a_verdict_can_say(pair: Pair) -> None:
    codes = {
        "partial": {each.value for each in Deviation},
        "untested": {each.value for each in Reason},
    }
    for side in (pair.one, pair.other):
        assert all(any(fnmatchcase(row, pattern) for row in IDS) for pattern in side.rows), side
        for word in side.words:
            status, _, code = word.partition("/")
            assert status in list(Status)
            assert not code or code in codes[status], word


def test_two_rows_that_cannot_both_be_are_named_with_what_they_say() -> None:
    pair = Pair(one=said("a", words=("supported",)), other=said("b", words=("ignored",)), why="b shows a")
    told = Contradiction(row="a", says="supported", beside="b", said="ignored", why="b shows a")
    assert contradictions({"a": SUPPORTED, "b": IGNORED}, [pair]) == [told]
    assert contradictions({"a": SUPPORTED, "b": SUPPORTED}, [pair]) == []
    assert contradictions({"a": IGNORED, "b": IGNORED}, [pair]) == []
    assert contradictions({"a": SUPPORTED}, [pair]) == []


def test_a_word_may_name_the_code_and_a_pattern_the_note() -> None:
    mapped = Verdict(status=Status.PARTIAL, deviation=Deviation.MAPPED, note="answered as other")
    for side, fits in (
        (said("a", words=("partial",)), True),
        (said("a", words=("partial/mapped",)), True),
        (said("a", words=("partial/clamped",)), False),
        (said("a", words=("partial",), note="as other$"), True),
        (said("a", words=("partial",), note="as asked"), False),
    ):
        pair = Pair(one=side, other=said("b", words=("supported",)), why="so")
        assert bool(contradictions({"a": mapped, "b": SUPPORTED}, [pair])) is fits


def test_where_all_rows_must_say_it_one_that_does_not_is_enough_to_explain_it() -> None:
    pair = Pair(one=said("a", words=("ignored",)), other=all_say("x.*", words=("supported",)), why="one must say so")
    every = {"a": IGNORED, "x.1": SUPPORTED, "x.2": SUPPORTED}
    assert [each.beside for each in contradictions(every, [pair])] == ["x.1"]
    assert contradictions({**every, "x.2": IGNORED}, [pair]) == []
    assert contradictions({"a": IGNORED}, [pair]) == []


def test_no_row_contradicts_itself_and_no_two_rows_do_so_twice() -> None:
    side = Said(rows=("x.*",), words=("ignored",))
    pair = Pair(one=side, other=side, why="one of them works")
    found = {f"x.{n}": IGNORED for n in range(3)}
    told = [(each.row, each.beside) for each in contradictions(found, [pair])]
    assert told == [("x.0", "x.1"), ("x.0", "x.2"), ("x.1", "x.2")]
