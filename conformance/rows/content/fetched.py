"""Images and documents that the endpoint must fetch or look up: by an address that cannot resolve, by a bogus id."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from conformance.probing import calibrate
from conformance.probing.case import case
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.probes import LOOKUP_WORDS, Lookup
from conformance.probing.run import Conversation, Run
from conformance.protocol.answer import Answer, read_answer
from conformance.protocol.exchange import Request
from conformance.rows.content.documents import in_a_pdf
from conformance.rows.content.images import shown
from conformance.rows.shared import sources
from conformance.rows.shared.tool_turns import Block, text_block

FETCH_WORDS = re.compile(
    rf"{LOOKUP_WORDS.pattern}|\b(error|fail\w*|time(d)? ?out)( in| while| when| during)? "
    r"(download|fetch|retriev|resolv|load)\w*|\b(download|fetch)(ing)? (has )?(failed|error|timed out)",
    re.IGNORECASE,
)
"""What refusals say of an address that could not be fetched."""


WENT_OUT = re.compile(r"download|fetch|resolv|connect|name or service not known|getaddrinfo|unreachable", re.IGNORECASE)
"""What is done with an address, and with no source of an unknown kind."""


@case(
    "content.image.url",
    "MAY fetch an image by URL",
    evidence_kind=EvidenceKind.FAILURE_INJECTED,
    source=sources.VISION,
)
def image_url(run: Run) -> Lookup:
    return fetched(run, "image", "url", nowhere(run, "image.url", "picture.png"))


@case(
    "content.image.file",
    "MAY read an image by file id",
    evidence_kind=EvidenceKind.FAILURE_INJECTED,
    source=sources.FILES,
)
def image_file(run: Run) -> Lookup:
    bogus = f"file_{run.nonce('image.file').replace('-', '')}"
    return fetched(run, "image", "file", bogus)


@case(
    "content.document.url",
    "MAY fetch a document by URL",
    evidence_kind=EvidenceKind.FAILURE_INJECTED,
    source=sources.PDF_SUPPORT,
)
def document_url(run: Run) -> Lookup:
    return fetched(run, "document", "url", nowhere(run, "document.url", "ledger.pdf"))


def nowhere(run: Run, label: str, file: str) -> str:
    """An address that can never resolve: RFC 2606 keeps `.invalid` free."""
    return f"https://{run.nonce(label).lower()}.invalid/{file}"


FETCHED = ("url", "file", "download", "fetch", "connect")
"""Words for what is looked up where an address is."""

KEYS = {"url": "url", "file": "file_id"}
"""Where each kind of source keeps what is to be fetched."""


def fetched(run: Run, kind: str, source: str, bogus: str) -> Lookup:
    """A block whose source must be fetched, and cannot be. A refusal in the shape in which this endpoint refuses an
    unknown kind of source, an unknown block, or the same block with its data in it, is no fetch."""
    question = text_block("Say OK.")
    block: Block = {"type": kind, "source": {"type": source, KEYS[source]: bogus}}
    stranger = run.name("unknown-source", "zz_source")
    # Of the source's own keys, none may be what is refused.
    unknown_source: Block = {"type": kind, "source": {"type": stranger, KEYS[source]: bogus}}
    named = bogus if source == "file" else urlsplit(bogus).netloc
    # The very request of the row that is about the data.
    whole = shown(run)[0] if kind == "image" else in_a_pdf(run)
    data = answer_to(f"a {kind} with its data in it", whole)
    unknown = answer_to(f"a {kind} of an unknown source", run.message([unknown_source, question], max_tokens=32))
    return Lookup(
        control=run.message([question], max_tokens=32),
        treatment=run.message([block, question], max_tokens=32),
        unknown=unknown,
        also_unknown=(calibrate.unknown_block, data),
        done_to_this_alone=WENT_OUT,
        names=(kind, source),
        about=(named, "file") if source == "file" else (named, *FETCHED, kind),
        bogus=named,
        named_by=FETCH_WORDS,
    )


def answer_to(role: str, request: Request) -> Callable[[Run], Conversation[Answer]]:
    """How this endpoint meets this request."""

    def ask(run: Run) -> Conversation[Answer]:
        got = yield from calibrate.ask_reliably({role: request})
        return read_answer(got[role])

    return ask
