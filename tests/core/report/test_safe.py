"""What an endpoint says stays text in every medium."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from conformance.probing.model_list import is_a_name
from conformance.protocol.exchange import one_line
from conformance.report.curl import curl_line
from conformance.report.safe import for_code, for_json_line, for_markdown, for_sheet, for_terminal
from tests.core.hostile_texts import HOSTILE_TEXTS
from tests.core.made_up import request
from tests.tally import Tally

GITHUB = MarkdownIt("gfm-like")
assert GITHUB.linkify is not None
GITHUB.linkify.set({"fuzzy_link": False})  # GitHub makes no link of a bare name such as example.al, only of www.
TRIED = "hostile texts tried, in a medium"
PLAIN = {"inline", "text", "text_special", "code_inline", "softbreak"}
FRAME = re.compile(r"(table|thead|tbody|tr|th|td|paragraph)_(open|close)")


def tokens(markdown: str) -> Iterator[Token]:
    for token in GITHUB.parse(markdown):
        yield token
        yield from token.children or ()


def shown_in_cell(cell: str) -> str:
    """What GitHub shows of a table's cell; fails where it is anything but text."""
    found = list(tokens(f"| note |\n| --- |\n| {cell} |\n"))
    strange = [token.type for token in found if token.type not in PLAIN and not FRAME.fullmatch(token.type)]
    assert strange == []
    assert not re.search(r"www\.", cell, re.IGNORECASE)
    assert [token.type for token in found].count("td_open") == 1
    (_, inline) = (token for token in found if token.type == "inline")
    return "".join(token.content for token in inline.children or ())


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_a_hostile_text_is_shown_as_itself_in_a_cell_of_markdown(text: str, tally: Tally) -> None:
    cell = for_markdown(text)
    assert cell.isprintable()
    assert shown_in_cell(cell) == one_line(text, 10_000)
    # What the test's own parser does not know, and GitHub does: mentions, references, emoji, formulas.
    assert not re.search(r"(?<!\\)[@#$]|(?<!\\):[\w+-]+:", cell)
    tally(TRIED, 1)


@given(st.text())
def test_any_text_is_shown_as_itself_in_a_cell_of_markdown(text: str) -> None:
    assert shown_in_cell(for_markdown(text)) == one_line(text)


@given(st.text(alphabet="a`| \\<[*"))
def test_code_cannot_be_left(text: str) -> None:
    found = list(tokens(f"x {for_code(text)} x"))
    flat = one_line(text)
    assert [token.content for token in found if token.type == "code_inline"] == ([flat] if flat else [])


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_a_line_of_the_terminal_moves_no_cursor_and_hides_nothing(text: str, tally: Tally) -> None:
    line = for_terminal(f"  note  {text}")
    assert line.isprintable()
    assert line.startswith("  note  ")
    assert len(line) == len(f"  note  {text}")
    tally(TRIED, 1)


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_a_cell_of_a_sheet_is_no_formula(text: str, tally: Tally) -> None:
    cell = for_sheet(text)
    assert not re.match(r"\s*[=+\-@＝＋－＠\t\r]", cell)
    assert cell.removeprefix("'") == one_line(text, 10_000) or cell == one_line(text, 10_000)
    written = io.StringIO()
    csv.writer(written).writerow([cell, "next"])
    assert list(csv.reader(io.StringIO(written.getvalue()))) == [[cell, "next"]]
    tally(TRIED, 1)


def test_a_plain_text_stays_as_it_is_in_every_medium() -> None:
    plain = "HTTP 400: max_tokens (5) is too small; 5 > 4 – see “limits”, 漢字, é, 👋"
    assert for_terminal(plain) == for_sheet(plain) == one_line(plain) == plain
    assert shown_in_cell(for_markdown(plain)) == plain


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_a_curl_line_can_be_printed_and_sends_the_same_json(text: str, tally: Tally) -> None:
    asked = request(system=text)
    line = curl_line(asked, "https://x.example", "K")
    assert line.isprintable()
    assert json.loads(shlex.split(line)[-1]) == json.loads(asked.body)
    tally(TRIED, 1)


@given(st.text(alphabet=st.characters(codec=None)))
def test_json_in_a_line_is_the_same_json(text: str) -> None:
    line = for_json_line(json.dumps([text], ensure_ascii=False))
    assert json.loads(line) == [text]
    assert for_terminal(line) == line


@pytest.mark.parametrize("name", ["gpt-5", "org/model:free", "модель-1", "Model 2 (beta)"])
def test_a_listed_name_is_taken_as_it_is(name: str) -> None:
    assert is_a_name(name)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x1b[31m", "a\u202eb", "a\u200bb", "x" * 201, " a"])
def test_what_is_listed_and_could_not_be_printed_is_no_name(name: str) -> None:
    assert not is_a_name(name)
