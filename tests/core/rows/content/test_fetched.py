"""Blocks that must be fetched: whose words a refusal must be in to be a fetch, and in which shape it is none."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason, Status
from conformance.rows.content.fetched import FETCH_WORDS, fetched, nowhere
from tests.core.made_up import RUN, drive, exchange, message, refusal

OK = exchange(message())
ADDRESS = nowhere(RUN, "image.url", "picture.png")
TAGS = "does not match any of the expected tags: "


def judged(
    treatment: Exchange,
    *,
    kind: str = "image",
    source: str = "url",
    bogus: str = ADDRESS,
    unknown_source: Exchange = OK,
    unknown_block: Exchange = OK,
    whole: Exchange = OK,
    again: Exchange | None = None,
) -> tuple[Verdict, list[str]]:
    def reply(role: str, asked: Request) -> Exchange:
        if role == "with the field":
            return again if again is not None and asked.attempt else treatment
        if role == "an unknown block":
            return unknown_block
        if role.endswith("of an unknown source"):
            return unknown_source
        return whole if role.endswith("with its data in it") else OK

    return drive(fetched(RUN, kind, source, bogus).ask(RUN), reply)


def source_refused(name: str) -> Exchange:
    return refusal(f"messages.0.content.0.image.source: Input tag '{name}' found using 'type' {TAGS}'base64'")


def block_refused(name: str) -> Exchange:
    return refusal(f"messages.0.content.0: Input tag '{name}' found using 'type' {TAGS}'text', 'tool_use'")


FETCHED = refusal("Unable to download the file. Please verify the URL and try again.")
NO_PICTURES = refusal("This model has no image input")


@pytest.mark.parametrize(
    ("treatment", "met", "status", "reason"),
    [
        pytest.param(OK, {}, Status.IGNORED, None, id="answered"),
        pytest.param(FETCHED, {}, Status.SUPPORTED, None, id="names the fetch"),
        pytest.param(refusal("Failed to fetch the URL", 500), {}, Status.SUPPORTED, None, id="crashes naming it"),
        pytest.param(refusal("oops", 500), {}, Status.BROKEN, None, id="crashes"),
        pytest.param(refusal("Bad request"), {}, Status.UNTESTED, Reason.CANNOT_TELL, id="vague"),
        pytest.param(
            source_refused("url"),
            {"unknown_source": source_refused("zz_source_b5d8")},
            Status.REJECTED,
            None,
            id="like an unknown source",
        ),
        pytest.param(
            block_refused("image"),
            {"unknown_block": block_refused("zz_block_b5d8")},
            Status.REJECTED,
            None,
            id="like an unknown block",
        ),
        pytest.param(NO_PICTURES, {"whole": NO_PICTURES}, Status.REJECTED, None, id="like the same with its data"),
        pytest.param(NO_PICTURES, {}, Status.UNTESTED, Reason.CANNOT_TELL, id="but not with its data"),
        pytest.param(
            FETCHED,
            {"unknown_source": source_refused("zz_source_b5d8"), "whole": NO_PICTURES},
            Status.SUPPORTED,
            None,
            id="names the fetch, where strangers are refused",
        ),
    ],
)
def test_a_fetch_is_told_from_a_refusal(
    treatment: Exchange, met: dict[str, Any], status: Status, reason: Reason | None
) -> None:
    verdict, _ = judged(treatment, **met)
    assert (verdict.status, verdict.reason) == (status, reason)


def test_where_it_is_answered_no_stranger_is_asked_for() -> None:
    _, roles = judged(OK)
    assert roles == ["with the field", "control", "with the field"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("model: reader-1 was not found", False),
        ("No such file: file_QX7731", True),
        ("File not found: file_QX7731", True),
        ("messages.0.content.0.image.source.file.file_id: Field required", False),
        ("No endpoints found that support image input", False),
    ],
)
def test_a_file_is_looked_up_where_its_name_or_a_file_is_not_found(words: str, found: bool) -> None:
    verdict, _ = judged(refusal(words, 404), source="file", bogus="file_QX7731")
    assert (verdict.status is Status.SUPPORTED) is found


def test_an_address_can_never_resolve() -> None:
    assert ADDRESS.startswith("https://")
    assert ADDRESS.split("/")[2].endswith(".invalid")
    assert "_" not in ADDRESS


@pytest.mark.parametrize(
    "words",
    [
        "Cannot connect to host qx-7731.invalid:443 ssl:default [Name or service not known]",
        "Error downloading image",
        "Failed fetching the document",
        "timed out while downloading the image",
        "Timeout fetching https://qx-7731.invalid",
        "The download failed",
        "image could not be retrieved",
        "getaddrinfo ENOTFOUND qx-7731.invalid",
    ],
)
def test_the_words_of_a_fetch(words: str) -> None:
    assert FETCH_WORDS.search(words)


@pytest.mark.parametrize(
    "words", ["Invalid image URL", "image_url is not supported", "url: Field required", "Only base64 images are taken"]
)
def test_other_words_are_none_of_a_fetch(words: str) -> None:
    assert not FETCH_WORDS.search(words)
