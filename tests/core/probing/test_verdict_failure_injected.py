"""The decision table of a bogus value: ignored, unknown, looked up, or not to be told; and the words of a lookup."""

from __future__ import annotations

import pytest

from conformance.probing.probes import LOOKUP_WORDS, NOT_KNOWN_WORDS
from conformance.probing.verdict import Verdict, decide_failure_injected, decide_must_accept, untested
from conformance.protocol.answer import Answer
from conformance.protocol.status import Reason, Status
from tests.core.made_up import answered, met
from tests.core.ways import AWAY, CUT, HTML, OK, SLOW, UNANSWERED

BOTH = [(False, False), (False, True), (True, False), (True, True)]


def inject(
    control: list[Answer], treatment: list[Answer], *, like_unknown: bool = False, names_the_failure: bool = False
) -> Verdict:
    return decide_failure_injected(
        control=control, treatment=treatment, like_unknown=like_unknown, names_the_failure=names_the_failure
    )


@pytest.mark.parametrize(("like_unknown", "named"), BOTH)
@pytest.mark.parametrize(("control", "reason"), UNANSWERED)
def test_a_control_that_is_not_answered_leaves_the_row_untested(
    control: Answer, reason: Reason, like_unknown: bool, named: bool
) -> None:
    note = f"the control, without the field, is not answered: {control.problem}"
    for treatment in (OK, met(400)):
        verdict = inject([control], [treatment], like_unknown=like_unknown, names_the_failure=named)
        assert verdict == untested(reason, note)


@pytest.mark.parametrize(("like_unknown", "named"), BOTH)
def test_a_bogus_value_that_is_accepted_is_ignored(like_unknown: bool, named: bool) -> None:
    verdict = inject([OK], [answered()], like_unknown=like_unknown, names_the_failure=named)
    assert verdict == Verdict(status=Status.IGNORED, note="a bogus value is accepted and nothing comes of it")


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_refusal_in_the_shape_of_an_unknown_field_is_rejected(status: int, named: bool) -> None:
    refused = met(status, "container: extra inputs are not permitted")
    verdict = inject([OK, OK], [refused, refused], like_unknown=True, names_the_failure=named)
    assert verdict == Verdict(status=Status.REJECTED, note=refused.problem)


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_an_error_that_names_the_lookup_is_supported(status: int) -> None:
    refused = met(status, "container c_1 was not found")
    verdict = inject([OK, OK], [refused, refused], names_the_failure=True)
    assert verdict == Verdict(status=Status.SUPPORTED, note=f"a bogus value is looked up: {refused.problem}")


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_another_refusal_cannot_be_told(status: int) -> None:
    refused = met(status, "not today")
    verdict = inject([OK, OK], [refused, refused])
    assert verdict == untested(Reason.CANNOT_TELL, f"refused, but not for the lookup: {refused.problem}")


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_failure_of_the_server_that_names_the_lookup_is_supported(status: int) -> None:
    failed = met(status, "could not resolve library.invalid")
    verdict = inject([OK, OK], [failed, failed], names_the_failure=True)
    assert verdict == Verdict(status=Status.SUPPORTED, note=f"a bogus value is looked up: {failed.problem}")


@pytest.mark.parametrize(("like_unknown", "named"), BOTH)
@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (met(401), Status.REJECTED, None),
        (met(429), Status.UNTESTED, Reason.RATE_LIMITED),
        (AWAY, Status.UNTESTED, Reason.UNREACHABLE),
    ],
)
def test_what_says_nothing_of_the_value_is_judged_as_for_a_field_that_must_be_accepted(
    answer: Answer, status: Status, reason: Reason | None, like_unknown: bool, named: bool
) -> None:
    verdict = inject([OK, OK], [answer, answer], like_unknown=like_unknown, names_the_failure=named)
    assert (verdict.status, verdict.reason) == (status, reason)
    assert verdict == decide_must_accept(control=[OK, OK], treatment=[answer, answer])


@pytest.mark.parametrize("like_unknown", [True, False])
@pytest.mark.parametrize("answer", [met(500), met(502), met(503), met(529), met(408), SLOW, CUT, HTML])
def test_a_failure_that_does_not_name_the_lookup_is_broken(answer: Answer, like_unknown: bool) -> None:
    verdict = inject([OK, OK], [answer, answer], like_unknown=like_unknown)
    assert verdict == Verdict(status=Status.BROKEN, note=answer.problem)
    assert verdict == decide_must_accept(control=[OK, OK], treatment=[answer, answer])


def test_a_failure_that_does_not_name_the_lookup_and_comes_once_is_untested() -> None:
    verdict = inject([OK, OK], [met(500), met(429)], names_the_failure=True)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.UNSTABLE)
    assert inject([OK], [met(500)]).reason is Reason.UNSTABLE


@pytest.mark.parametrize(("like_unknown", "named"), BOTH)
def test_a_bogus_value_that_is_refused_once_and_accepted_once_is_untested(like_unknown: bool, named: bool) -> None:
    verdict = inject([OK, OK], [met(400), OK], like_unknown=like_unknown, names_the_failure=named)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.UNSTABLE)


def test_an_unknown_shape_while_the_control_is_no_longer_answered_is_untested() -> None:
    verdict = inject([OK, met(429)], [met(400), met(400)], like_unknown=True)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.RATE_LIMITED)


def test_an_error_that_names_the_lookup_is_supported_even_where_the_control_is_no_longer_answered() -> None:
    refused = met(404, "container c_1 was not found")
    assert inject([OK, met(429)], [refused, refused], names_the_failure=True).status is Status.SUPPORTED


@pytest.mark.parametrize(
    "words",
    [
        "container c_1 was not found",
        "No such container",
        "the file does not exist",
        "this file doesn't exist",
        "the container has expired",
        "Connection error while communicating with the MCP server",
        "connect refused",
        "Connection refused",
        "connection failed",
        "could not resolve library.invalid",
        "Cannot connect to host library.invalid",
        "can't reach the server",
        "Failed to download the image",
        "failed to fetch https://picture.invalid/a.png",
        "Unable to retrieve the document",
        "unable to find the file",
        "error while communicating with the server",
        "error while loading the picture",
        "temporary failure in name resolution",
        "the host is unreachable",
    ],
)
def test_words_that_name_a_lookup_or_a_fetch_are_known(words: str) -> None:
    assert LOOKUP_WORDS.search(f"HTTP 400: {words}")
    assert not NOT_KNOWN_WORDS.search(f"HTTP 400: {words}")


@pytest.mark.parametrize(
    "words",
    [
        "container: invalid value",
        "the fetcher is off",
        "mcp_servers.0: connector ids must be short",
        "reconnection refused",
        "an unresolved reference",
        "downloads are billed",
        "url must be reachable over https",
        "the beta header is missing",
    ],
)
def test_words_that_only_sound_like_a_lookup_are_not_taken_for_one(words: str) -> None:
    assert not LOOKUP_WORDS.search(f"HTTP 400: {words}")


@pytest.mark.parametrize(
    "words",
    [
        "container is not supported",
        "Extra inputs are not permitted",
        "mcp_servers is not allowed here",
        "file ids are not available",
        "Unsupported source type",
        "Unknown field, no such name",
        "unrecognized request argument",
        "unrecognised block: cannot find a reader",
        "extra fields",
    ],
)
def test_words_that_say_that_the_field_is_not_known_are_known(words: str) -> None:
    assert NOT_KNOWN_WORDS.search(f"HTTP 400: {words}")
