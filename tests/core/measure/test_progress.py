"""How far a run is, in one line, and how long it is said to take."""

from __future__ import annotations

import pytest

from conformance.measure.progress import Log, Progress, progress_line, seconds_left


def halfway(**changes: float | None) -> Progress:
    """Of a run that has a minute behind it, and as many rows and requests before it."""
    known = {"rows_done": 50, "rows": 100, "requests": 60, "waiting": 60, "seconds": 60.0, **changes}
    return Progress(**known)  # type: ignore[arg-type]


def test_the_line_tells_rows_requests_tokens_and_the_time_left() -> None:
    told = progress_line(halfway(input_tokens=12_345, output_tokens=678))
    assert told == "measured 50 of 100 rows, 60 requests, 12,345 tokens in, 678 out, about 1 min left"


@pytest.mark.parametrize(
    "progress",
    [
        Progress(rows=100),
        halfway(rows_done=0),
        halfway(rows_done=9),
        halfway(requests=0),
        halfway(rows_done=100),
    ],
)
def test_the_time_left_is_left_out_until_it_can_be_told_and_at_the_end(progress: Progress) -> None:
    assert seconds_left(progress) is None
    assert "left" not in progress_line(progress)


@pytest.mark.parametrize(
    ("progress", "seconds"),
    [
        pytest.param(halfway(), 60, id="rows and requests agree"),
        pytest.param(halfway(waiting=30), 45, id="rows may be followed up: between the two"),
        pytest.param(halfway(waiting=0), 30, id="nothing is known to wait"),
        pytest.param(halfway(waiting=240), 240, id="what waits has to be asked, whatever the rows say"),
        pytest.param(halfway(rate=60), 60, id="as fast as the rate allows"),
        pytest.param(halfway(rate=30), 120, id="never faster than the rate, however fast the first went"),
        pytest.param(halfway(rate=600), 60, id="no faster than before, whatever the rate allows"),
        pytest.param(halfway(rows_done=10), 300, id="early"),
        pytest.param(halfway(rows_done=99, waiting=1), 1, id="late"),
    ],
)
def test_the_time_left_follows_from_rows_requests_and_the_rate(progress: Progress, seconds: float) -> None:
    assert seconds_left(progress) == pytest.approx(seconds, rel=0.02)


@pytest.mark.parametrize(
    ("waiting", "words"),
    [(6, "10 s"), (12, "10 s"), (26, "30 s"), (54, "50 s"), (56, "1 min"), (100, "2 min"), (3600, "60 min")],
)
def test_the_time_left_is_told_as_roughly_as_it_is_known(waiting: int, words: str) -> None:
    assert progress_line(halfway(rows_done=99, waiting=waiting)).endswith(f"about {words} left")


def test_a_run_that_ends_at_once_is_not_told_to_take_a_while() -> None:
    assert progress_line(halfway(rows_done=99, waiting=4)).endswith("out")


def test_a_log_gets_a_line_after_20_rows_or_30_seconds_and_at_the_end() -> None:
    log = Log()
    steps = [(1, 1), (19, 2), (20, 3), (21, 4), (39, 5), (40, 6), (41, 35), (41, 36), (41, 65), (41, 66), (100, 67)]
    lines = [(done, at) for done, at in steps if log.is_due(halfway(rows_done=done, seconds=at))]
    assert lines == [(20, 3), (40, 6), (41, 36), (41, 66), (100, 67)]
