"""What is told while a measurement runs: how far it is, what it has cost, and how long it will still take."""

from __future__ import annotations

from dataclasses import dataclass

ROWS_A_LINE = 20
SECONDS_A_LINE = 30.0
WORTH_TELLING = 5.0


@dataclass(slots=True)
class Progress:
    """How far a measurement is. `rows_cut` are those that the budget ended. `requests` counts what was sent, polite
    waits included, `waiting` what is asked and not answered yet; `seconds` have gone by, and `rate` requests a minute
    are allowed, None for no limit."""

    rows_done: int = 0
    rows_cut: int = 0
    rows: int = 0
    requests: int = 0
    waiting: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    rate: int | None = None

    @property
    def finished(self) -> bool:
        return self.rows_done + self.rows_cut == self.rows


@dataclass(slots=True)
class Log:
    """Decides when a log gets its next line: after 20 rows, or after 30 seconds where those take longer."""

    _rows: int = 0
    _seconds: float = 0.0

    def is_due(self, progress: Progress) -> bool:
        """Is a line due? Whoever asks writes it."""
        rows, seconds = progress.rows_done - self._rows, progress.seconds - self._seconds
        if not progress.finished and rows < ROWS_A_LINE and seconds < SECONDS_A_LINE:
            return False
        self._rows, self._seconds = progress.rows_done, progress.seconds
        return True


def progress_line(progress: Progress) -> str:
    """All of it in one line; the time left stands there once it can be told, and while it is worth telling."""
    parts = [
        f"measured {progress.rows_done} of {progress.rows} rows, {progress.requests} requests",
        f"{progress.input_tokens:,} tokens in, {progress.output_tokens:,} out",
    ]
    left = seconds_left(progress)
    if left is not None and left >= WORTH_TELLING:
        parts.append(f"about {_roughly(left)} left")
    return ", ".join(parts)


def seconds_left(progress: Progress) -> float | None:
    """How long it will still take; None before a tenth of the rows is done, and when all are.

    Two estimates, and the middle between them. The rows done say too much: all rows are asked side by side and share
    their first questions, so the first rows take longest. The requests that wait say too little: rows follow up their
    answers. They go as fast as those before them, and never faster than the rate allows.
    """
    if progress.finished or progress.rows_done < max(1, progress.rows / 10) or not progress.requests:
        return None
    by_rows = progress.seconds * (progress.rows - progress.rows_done) / progress.rows_done
    pace = max(progress.seconds / progress.requests, 60 / progress.rate if progress.rate else 0.0)
    by_requests = progress.waiting * pace
    return max(by_requests, (by_rows + by_requests) / 2)


def _roughly(seconds: float) -> str:
    if seconds < 55:
        return f"{max(1, round(seconds / 10)) * 10} s"
    return f"{round(seconds / 60)} min"
