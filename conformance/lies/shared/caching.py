"""Lies about one marker of the prompt cache, wherever in the request it stands."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.reference import faults
from conformance.reference.faults import MARKED, mark
from conformance.reference.transforms import Transform, answer_drop, answer_put, default, drop, only

MARKER = {"type": "ephemeral"}
CREATED = "usage.cache_creation_input_tokens"
READ = "usage.cache_read_input_tokens"
INPUT = "usage.input_tokens"
WHOLE = 6000
"""Tokens: about what the marked text and its question come to."""
KEPT_USAGE = {
    "input_tokens": 12,
    "cache_creation_input_tokens": 5700,
    "cache_read_input_tokens": 0,
    "output_tokens": 2,
}
"""An answer that is kept has the usage of the first time."""

SHORT = {"max_tokens": r"^\d\d$"}
"""The limit of the rows about the cache, not of a client's long request: it would take their turns."""


def cache_lies(
    row: str,
    path: str,
    *,
    unless: str = "",
    emptied: Transform,
    unasked: Transform,
) -> list[Lie]:
    """Every way to go wrong over the marker at `path`. `unless` keeps failures from other rows, `emptied` takes the
    marked text away, `unasked` caches such prompts without a marker too."""

    def answered(key: str, count: int) -> Transform:
        return answer_put(key, count, beside=path)

    def lie(
        name: str,
        *transforms: Transform,
        status: str,
        note: str,
        code: str = "",
    ) -> Lie:
        return Lie(row=row, name=name, transforms=transforms, status=status, note=note, code=code)

    return [
        *failures(row, path, unless=unless),
        lie("dropped", drop(path), status="ignored", note="usage reports no cache for a marked prompt"),
        lie(
            "unreported",
            answered(CREATED, 0),
            answered(READ, 0),
            answered(INPUT, WHOLE),
            status="ignored",
            note="usage reports no cache for a marked prompt",
        ),
        lie(
            "only_the_template",
            answered(CREATED, 0),
            answered(READ, 128),
            answered(INPUT, WHOLE),
            status="ignored",
            note="usage reports no cache for a marked prompt",
        ),
        lie(
            "writing_unreported",
            answered(CREATED, 0),
            status="partial",
            code="unreported",
            note=r"\d{4} tokens are read later on, but none are reported as written",
        ),
        lie(
            "never_read",
            answered(READ, 0),
            answered(INPUT, WHOLE),
            status="partial",
            code="incomplete",
            note=r"\d{4} tokens are written the first time, but none are read in 3 tries",
        ),
        lie(
            "read_uncounted",
            answered(READ, 0),
            status="untested",
            code="cannot_tell",
            note=r"usage counts \d+ tokens of prompt, so the marked text of some 5,000 is not seen",
        ),
        lie(
            "emptied",
            emptied,
            status="untested",
            code="cannot_tell",
            note=r"usage counts \d+ tokens of prompt, so the marked text of some 5,000 is not seen",
        ),
        lie(
            "without_usage",
            answer_drop("usage", beside=path),
            status="untested",
            code="cannot_tell",
            note="usage counts 0 tokens of prompt",
        ),
        lie(
            "answers_cached_whole",
            answer_put("id", "msg_0123456789abcdef01234567", beside=path),
            answer_put("usage", KEPT_USAGE, beside=path),
            status="untested",
            code="cannot_tell",
            note="the very same answer is given again",
        ),
        lie(
            "second_time_refused",
            only(mark(path), SHORT),
            only(faults.fail(400, path, "Already answered", unless=MARKED), SHORT),
            answered(CREATED, 0),
            status="untested",
            code="cannot_tell",
            note="the same request was not answered a second time",
        ),
        lie(
            "unasked",
            unasked,
            status="untested",
            code="not_attributable",
            note=r"the same prompt is cached without the marker as well \(\d{4} tokens read\)",
        ),
    ]


def automatic(beside: str, *, unless: str = "") -> Transform:
    """Cache every prompt that holds something at `beside`, asked or not."""
    return default("cache_control", MARKER, beside=beside, unless=unless)
