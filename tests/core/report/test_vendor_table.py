"""The table in the vendors' own format: their lines, their words, and never more than was seen."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.protocol.status import Deviation, Reason, Status
from conformance.report.matrix_record import Matrix
from conformance.report.vendor_lines import LINES, Section
from conformance.report.vendor_table import NothingMeasuredError, vendor_table
from conformance.report.vendor_words import CHINESE, ENGLISH, LANGUAGES, Words
from conformance.rows import BY_ID
from tests.core.matrices import everything, matrix, row, with_row

PAGES = Path(__file__).parents[2] / "claims" / "table_lines.tsv"


def status_of(line: str, table: str) -> str:
    """The last cell of the line with these first cells."""
    (found,) = [each for each in table.splitlines() if each.startswith(f"| {line} |")]
    return found.removeprefix(f"| {line} |").strip().removesuffix("|").strip()


def asked(run: Matrix, **endpoint: str) -> Matrix:
    return replace(run, endpoint=replace(run.endpoint, **endpoint))


def published(provider: str) -> list[dict[str, str]]:
    with PAGES.open(encoding="utf-8", newline="") as file:
        return [line for line in csv.DictReader(file, delimiter="\t") if line["provider"] == provider]


def test_the_lines_are_those_of_the_vendors_page_in_its_order() -> None:
    assert [line.row for line in LINES] == [line["row"] for line in published("deepseek")]


def test_the_sections_are_called_as_on_the_vendors_pages() -> None:
    sections = dict.fromkeys(line["section"] for line in published("deepseek"))
    group = {Section.TOOLS, Section.TOOL_CHOICE}
    named = [f"{ENGLISH.group} / {words}" if section in group else words for section, words in ENGLISH.sections.items()]
    assert named == list(sections)
    chinese = dict.fromkeys(line["section"] for line in published("tencent-lkeap"))
    named = [f"{CHINESE.group} / {words}" if section in group else words for section, words in CHINESE.sections.items()]
    assert named == list(chinese)


@pytest.mark.parametrize("provider", ["deepseek", "tencent-lkeap"])
def test_a_word_that_a_vendor_uses_is_used_as_the_vendor_does(provider: str) -> None:
    words = {"deepseek": ENGLISH, "tencent-lkeap": CHINESE}[provider]
    theirs = {line["words"].partition(" (")[0] for line in published(provider)}
    ours = {words.fully, words.status[Status.SUPPORTED], words.status[Status.IGNORED], words.status[Status.REJECTED]}
    assert ours <= theirs


def test_every_row_below_a_line_is_a_part_of_it() -> None:
    lines = {line.row for line in LINES}
    for line in LINES:
        below = {each for each in BY_ID if each.startswith(f"{line.row}.")} - lines
        assert below <= {part.row for part in line.parts}, line.row


def test_streaming_is_as_good_as_its_streams() -> None:
    (stream,) = [line for line in LINES if line.row == "fields.stream"]
    assert {part.row for part in stream.parts} == {each for each in BY_ID if each.startswith("stream.")}
    rows = with_row(everything(), row("stream.framing", "broken", "no blank line"))
    said = status_of("stream", vendor_table(matrix(*rows), ENGLISH))
    assert said == "Supported (`stream.framing` fails¹)"


def test_every_part_is_a_row() -> None:
    assert {part.row for line in LINES for part in line.parts} <= BY_ID.keys()


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_every_status_deviation_and_reason_has_a_word(words: Words) -> None:
    assert words.status.keys() == set(Status)
    assert words.part.keys() == set(Status) - {Status.SUPPORTED}
    assert words.deviation.keys() == set(Deviation)
    assert words.reason.keys() == set(Reason)


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_a_line_all_of_which_was_seen_is_fully_supported(words: Words) -> None:
    table = vendor_table(matrix(*everything()), words)
    assert table.count(words.fully) == len(LINES)
    assert words.notes not in table


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.SUPPORTED])
@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_no_other_status_is_called_supported_bare(status: Status, words: Words) -> None:
    table = vendor_table(matrix(*with_row(everything(), row("fields.top_p", status))), words)
    said = status_of("top_p", table)
    assert said.startswith(words.status[status])
    assert not said.startswith((words.fully, words.status[Status.SUPPORTED]))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("ignored", "Supported (`budget_tokens` is ignored)"),
        ("rejected", "Supported (`budget_tokens` is not supported¹)"),
        ("untested", "Supported (`budget_tokens` is not measured¹)"),
        ("partial", "Supported (`budget_tokens` is partially supported¹)"),
        ("broken", "Supported (`budget_tokens` fails¹)"),
        ("accepted", "Supported (`budget_tokens` is accepted¹)"),
    ],
)
def test_a_part_that_was_not_seen_is_told_as_the_vendors_do(status: str, said: str) -> None:
    rows = with_row(everything(), row("fields.thinking.budget_tokens", status, "the server's words"))
    assert status_of("thinking", vendor_table(matrix(*rows), ENGLISH)) == said


def test_a_may_of_the_documents_is_told_and_is_no_fault() -> None:
    rows = with_row(everything(), row("fields.temperature.above_one", "rejected", "at most 1"))
    said = status_of("temperature", vendor_table(matrix(*rows), ENGLISH))
    assert said == "Fully Supported (`temperature > 1` is not supported¹)"


def test_a_part_that_was_not_run_is_not_vouched_for() -> None:
    rows = [each for each in everything() if each["id"] != "content.image.url"]
    said = status_of('content | array, type="image" | ', vendor_table(matrix(*rows), ENGLISH))
    assert said == 'Supported (`source.type="url"` is not measured¹)'


def test_a_row_that_several_lines_speak_of_has_one_footnote() -> None:
    rows = with_row(everything(), row("tool_choice.disable_parallel_tool_use", "rejected", "no such field"))
    table = vendor_table(matrix(*rows), ENGLISH)
    for value in ("auto", "any", "tool"):
        assert status_of(value, table) == "Supported (`disable_parallel_tool_use` is not supported¹)"
    assert table.count("no such field") == 1


def test_a_deviation_and_a_reason_are_told_in_the_tables_language() -> None:
    rows = with_row(everything(), row("fields.top_k", "partial", "at most 20"))
    rows = with_row(rows, row("tools.name", "untested", "calls no tool"))
    table = vendor_table(matrix(*rows), CHINESE)
    assert "`fields.top_k`：取值被截断: at most 20" in table
    assert "`tools.name`：模型能力不足以显示效果: calls no tool" in table


def test_the_table_says_when_where_and_by_what_it_was_observed() -> None:
    table = vendor_table(matrix(*everything(), day=9), ENGLISH)
    head = table.splitlines()[2]
    assert head.startswith("Observed on 2026-01-09 (UTC) with the model large at https")
    assert "not stated by the vendor" in head


@pytest.mark.parametrize(
    ("words", "heads"),
    [
        (
            ENGLISH,
            {
                "### HTTP Header": "| Field | Support Status |",
                "### Simple Fields": "| Field | Support Status |",
                "### Tool Fields": "#### tools",
                "#### tools": "| Field | Support Status |",
                "#### tool_choice": "| Value | Support Status |",
                "### Message Fields": "| Field | Variant | Sub-Field | Support Status |",
            },
        ),
        (
            CHINESE,
            {
                "### HTTP Headers": "| 字段 | 支持状态 |",
                "### 基础字段": "| 字段 | 支持状态 |",
                "### 工具支持": "#### tools",
                "#### tools": "| 字段 | 支持状态 |",
                "#### tool_choice": "| 字段 | 支持状态 |",
                "### 消息字段支持": "| 字段类型 | 变体 | 子字段 | 支持状态 |",
            },
        ),
    ],
    ids=LANGUAGES,
)
def test_the_headings_and_columns_are_the_vendors(words: Words, heads: dict[str, str]) -> None:
    lines = vendor_table(matrix(*everything()), words).splitlines()
    assert [line for line in lines if line.startswith(("###", "####"))] == list(heads)
    assert {line: lines[number + 2] for number, line in enumerate(lines) if line.startswith("###")} == heads
    widths = {line.count("|") for line in lines if line.startswith("|")}
    assert widths == {3, 5}


def test_a_table_of_the_embedded_endpoint_or_of_a_dialect_says_so() -> None:
    live = matrix(*everything())
    odd = asked(matrix(*everything(), mode="embedded"), dialect="thinking is disabled")
    head = vendor_table(odd, ENGLISH).splitlines()[2]
    assert head.endswith(
        "The endpoint is the suite's own, which acts as one. Every request carried: thinking is disabled."
    )
    assert vendor_table(live, ENGLISH).splitlines()[2].endswith("not stated by the vendor.")


def test_the_table_says_how_many_rows_it_does_not_show() -> None:
    shown = {each for line in LINES for each in (line.row, *(part.row for part in line.parts))}
    last = vendor_table(matrix(*everything()), ENGLISH).splitlines()[-1]
    assert last.startswith(f"Of {len(BY_ID)} rows, {len(shown)} decide these {len(LINES)} lines")


def test_what_an_endpoint_says_is_no_markup() -> None:
    rows = with_row(everything(), row("fields.top_k", "rejected", "no | <img src=x> [a](b)\n\n# c"))
    (note,) = [each for each in vendor_table(matrix(*rows), ENGLISH).splitlines() if "img" in each]
    assert note == r"¹ `fields.top_k`: no \| \<img src=x\> \[a\](b) \# c"


def test_no_name_of_an_endpoint_is_markup() -> None:
    run = asked(matrix(*everything(), model="<b>m"), url="https://e/<b>u", anthropic_version="<b>v", dialect="<b>d")
    table = vendor_table(run, ENGLISH)
    assert table.count(r"\<b\>") == table.count("<b") == 4


def test_a_run_that_sent_nothing_gives_no_table() -> None:
    nothing = matrix(*everything("untested"), started=None, finished=None)
    with pytest.raises(NothingMeasuredError, match="there is nothing to put into a table"):
        vendor_table(nothing, ENGLISH)
