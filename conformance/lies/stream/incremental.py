"""Lies about when the deltas of a stream arrive."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie
from conformance.lies.shared.streams import CLOSED, DELTA, END, TEXT_DELTA, harmless, told
from conformance.reference import faults
from conformance.reference.stream_changes import change_event, hold_back, hurry, join_deltas, slow_down
from conformance.reference.transforms import Transform, clamp, only

COUNTS = {"max_tokens": "^600$"}
TAKES_TIME = slow_down(0.3, DELTA)
AT_ONCE = r"all deltas of a long answer arrive within 0\.\d\d s"
BUFFERED = rf"{AT_ONCE}, \d+\.\d\d s after the request, while a short answer takes \d\.\d\d s"


def late(name: str, *transforms: Transform, note: str = BUFFERED, **due: Any) -> Lie:
    """A long answer whose deltas do not come as they are generated."""
    buffered = {"status": "partial", "code": "buffered", "given": COUNTS}
    return told("stream.incremental", name, *transforms, note=note, **{**buffered, **due})


IN_ONE_DELTA = r"^the whole text of a long answer \(\d{3} characters or more\) comes in one delta$"
SILENT = r"but for 2\d s there was not one byte, not even a ping; clients take that for a dead stream"

LIES: list[Lie] = [
    late("all_at_the_end", TAKES_TIME, hold_back()),
    late("all_deltas_at_the_end", TAKES_TIME, hold_back(DELTA)),
    late("deltas_with_the_end", TAKES_TIME, hold_back(DELTA, until=END)),
    late("in_one_delta", slow_down(9.0, DELTA, nth=0), join_deltas(TEXT_DELTA, "text"), note=IN_ONE_DELTA),
    late("in_one_delta_and_fast", hurry(), join_deltas(TEXT_DELTA, "text"), note=IN_ONE_DELTA),
    late("made_first_and_sliced", hurry(), slow_down(2.0, DELTA, nth=0)),
    late(
        "made_first_and_sliced_slowly",
        hurry(),
        slow_down(3.0, DELTA, nth=0),
        slow_down(0.01, DELTA),
        note=f"{AT_ONCE}, the first 3.* s after the request, while a short answer begins after 0",
    ),
    late(
        "sliced_and_fast",
        hurry(),
        note=f"{AT_ONCE}: it takes .* so the model may just be fast",
        status="untested",
        code="cannot_tell",
    ),
    late(
        "late_after_unseen_thinking",
        hurry(),
        slow_down(3.0, DELTA, nth=0),
        hold_back(DELTA),
        change_event("put", "usage.output_tokens", 590, where=END),
        note=f"{AT_ONCE}, but more was written than is seen",
        status="untested",
        code="cannot_tell",
    ),
    late("a_ping_and_then_all", slow_down(9.0, DELTA, nth=0), hold_back(DELTA)),
    late("the_last_in_two_pieces", TAKES_TIME, hold_back(DELTA), slow_down(0.01, CLOSED, nth=0)),
    late(
        "all_at_once_and_fast",
        hurry(),
        hold_back(),
        note=f"{AT_ONCE}: it takes .* so the model may just be fast",
        status="untested",
        code="cannot_tell",
    ),
    late(
        "short_and_at_once",
        clamp("max_tokens", 1, 20),
        slow_down(9.0, DELTA, nth=0),
        hold_back(),
        note=f"{AT_ONCE}, but the answer is short; but an answer is cut after 20 tokens where 600 were allowed",
        status="untested",
        code="cut",
    ),
    late(
        "long_answers_fail",
        faults.fail(500, "max_tokens"),
        note="no stream shows it",
        status="untested",
        code="never_exercised",
    ),
    late(
        "held_back_now_and_then",
        TAKES_TIME,
        hold_back(every=2),
        note="^$",
        status="supported",
        code="",
    ),
    harmless("stream.incremental", "slowly", only(slow_down(0.5, DELTA), COUNTS)),
    harmless("stream.incremental", "in_a_few_large_deltas", only(slow_down(0.3, DELTA), COUNTS), hurry()),
    late(
        "silent_at_first",
        slow_down(25.0, DELTA, nth=0),
        slow_down(0.05, DELTA),
        note=SILENT,
        status="supported",
        code="",
        reports=("M07", "M10"),
    ),
    late(
        "silent_in_the_middle",
        slow_down(22.0, DELTA, nth=5),
        slow_down(0.05, DELTA),
        note=SILENT,
        status="supported",
        code="",
        reports=("M09", "M11", "M13"),
    ),
]
