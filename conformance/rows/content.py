"""The content blocks of messages: text, images, documents, search results and what the history may hold of tools."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.capability import Capability, copies_codes
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.probes import failure_injected, only_validated
from conformance.probing.row import Table
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Json, Request
from conformance.protocol.status import Deviation, Status
from conformance.rows import (
    caching,
    documents,
    fetched,
    history,
    references,
    seeing,
    server_history,
    sources,
    thought_history,
    unknown_block,
)
from conformance.rows.papers import found_page, plain_document
from conformance.rows.reading import contains, reads, reads_all
from conformance.rows.retold import words_beside_are_lost
from conformance.rows.together import (
    door_codes,
    door_words,
    green_locker,
    many_turns,
    papers_read,
    tool_turns_read,
)

TABLE = Table("content")

Block = dict[str, Json]


def text(words: str, **further: Json) -> Block:
    return {"type": "text", "text": words, **further}


@TABLE.row(
    "content.string", "MUST read content given as a string", evidence_kind=EvidenceKind.NONCE, source=sources.MESSAGES
)
def string(run: Run) -> Conversation[Verdict]:
    code = run.nonce("content.string")
    asked = run.wording(
        "content.string",
        "What is the code of the green locker? Reply with the code only.",
        "Which code does the green locker have? Reply with it.",
    )
    without = "What is the code of the green locker? Reply with the code only."
    return (
        yield from reads(
            run,
            control=run.message(without, max_tokens=40),
            treatment=run.message(f"{green_locker(run)} {asked}", max_tokens=40),
            detect=contains(code),
            grows=9,
            ask_capability=copies_codes_in_either_form,
            scene=many_turns(run),
        )
    )


def copies_codes_in_either_form(run: Run) -> Conversation[Capability]:
    """The skill is asked for in strings, which is the very thing in doubt: in blocks it may be shown as well."""
    capability = yield from copies_codes(run)
    return capability if capability.reliable else (yield from copies_codes(run, in_blocks=True))


@TABLE.row("content.text.text", "MUST read every text block", evidence_kind=EvidenceKind.NONCE, source=sources.MESSAGES)
def text_text(run: Run) -> Conversation[Verdict]:
    verdict = yield from reads_every_block(run)
    if verdict.status is not Status.SUPPORTED:
        return verdict
    beside = tool_turns_read(run)
    answer = read_answer((yield {beside.role: beside.request})[beside.role])
    # The question of that conversation stands beside results, and asks for more than what those say.
    told = (run.nonce("tool_use.input"), run.nonce("system"))
    if answer.message is not None and any(contains(code)(answer.message).seen for code in told):
        return verdict
    lost = yield from words_beside_are_lost(run)
    if lost is None:
        return verdict
    return Verdict(status=Status.PARTIAL, deviation=Deviation.INCOMPLETE, note=lost.told, rests_on=lost.rests_on)


def reads_every_block(run: Run) -> Conversation[Verdict]:
    question = "What are the codes of the north door and of the south door? Reply with both codes."
    # The question shares a block with the second code, so that an endpoint that reads one block only shows which.
    north, south = door_words(run)
    parts = [north, f"{south} {question}"]
    return (
        yield from reads_all(
            run,
            # A string, so that an endpoint that takes no arrays refuses the row and not its control.
            control=run.message(question, max_tokens=60),
            treatment=run.message([text(part) for part in parts], max_tokens=60),
            joined=run.message(" ".join(parts), max_tokens=60),
            codes=door_codes(run),
            what="text blocks",
            scene=many_turns(run),
        )
    )


@TABLE.row(
    "content.text.cache_control",
    "MUST cache up to a text block that carries cache_control and report it in usage",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.CACHING,
)
def text_cache_control(run: Run) -> Conversation[Verdict]:
    def build(label: str, marker: Block) -> Request:
        return caching.in_a_text_block(run, label, marker)

    return (yield from caching.caches(run, caching.TEXT_BLOCK, build))


@TABLE.row(
    "content.text.citations",
    "MUST accept citations on an assistant text block",
    evidence_kind=EvidenceKind.VALIDATION,
    source=sources.CITATIONS,
)
def text_citations(run: Run) -> Conversation[Verdict]:
    cited = {
        "type": "char_location",
        "cited_text": "The harbour opens at six.",
        "document_index": 0,
        "document_title": "Harbour",
        "start_char_index": 0,
        "end_char_index": 25,
    }

    def conversation(**further: Json) -> Request:
        return run.conversation(
            [
                {"role": "user", "content": "When does the harbour open?"},
                {"role": "assistant", "content": [text("The harbour opens at six.", **further)]},
                {"role": "user", "content": "Thank you. Say OK."},
            ]
        )

    return (
        yield from only_validated(
            control=conversation(),
            valid=conversation(citations=[cited]),
            invalid=conversation(citations="none of this is a list"),
        )
    )


seeing.add_image(TABLE)
fetched.add_images(TABLE)


@TABLE.row(
    "content.document", "MUST read a plain-text document", evidence_kind=EvidenceKind.NONCE, source=sources.CITATIONS
)
def document(run: Run) -> Conversation[Verdict]:
    question = text("According to the document, what is the code of the yellow locker? Reply with the code only.")
    return (
        yield from reads(
            run,
            control=run.message([question], max_tokens=40),
            treatment=run.message([plain_document(run), question], max_tokens=40),
            detect=contains(run.nonce("document")),
            grows=30,
            scene=papers_read(run),
        )
    )


documents.add_pdf(TABLE)
fetched.add_document(TABLE)
documents.add_parts_and_citations(TABLE)


@TABLE.row(
    "content.search_result",
    "MUST read a search_result block",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.SEARCH_RESULTS,
)
def search_result(run: Run) -> Conversation[Verdict]:
    question = text("According to the search result, what is the code of the white locker? Reply with the code only.")
    return (
        yield from reads(
            run,
            control=run.message([question], max_tokens=40),
            treatment=run.message([found_page(run), question], max_tokens=40),
            detect=contains(run.nonce("search_result")),
            grows=20,
            scene=papers_read(run),
        )
    )


thought_history.add_rows(TABLE)
history.add_tool_rows(TABLE)
server_history.add_rows(TABLE)
references.add_row(TABLE)


@TABLE.row(
    "content.container_upload",
    "MAY act on a container_upload block (a bogus file id is an error)",
    evidence_kind=EvidenceKind.FAILURE_INJECTED,
    source=sources.FILES,
)
def container_upload(run: Run) -> Conversation[Verdict]:
    bogus = f"file_{run.nonce('container_upload').replace('-', '')}"
    question = text("Say OK.")
    return (
        yield from failure_injected(
            run,
            control=run.message([question], max_tokens=32),
            treatment=run.message([{"type": "container_upload", "file_id": bogus}, question], max_tokens=32),
            unknown=calibrate.unknown_block,
            names=("container_upload",),
            about=(bogus, "file"),
            bogus=bogus,
        )
    )


unknown_block.add_row(TABLE)
