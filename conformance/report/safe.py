"""Text from an endpoint, made fit for each medium that shows it: it stays what was said, and becomes nothing else.

A note, an error's words, the name of a model: whatever a stranger's server sends may be printed in a terminal, stand in
a page, in a sheet, in JUnit's XML. One function a medium; `exchange.one_line` has been there before, for every text
that a verdict keeps. HTML is left to its templates' own escaping, XML to the library that writes it.
"""

from __future__ import annotations

import re
import sys

from conformance.protocol.exchange import one_line
from conformance.protocol.hidden_characters import HIDDEN

MARKUP = re.compile(r"[\\`*_\[\]<>|~&#!@$]|/(?=/)|:(?=//|[\w+-]+:)|(?<=www)\.", re.IGNORECASE)
"""What could become markup, a link, a picture, a mention, a formula or a cell's end in GitHub's Markdown."""

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠|%]")
"""How a cell begins that a spreadsheet takes for a formula, or an older one for a command."""


def for_terminal(line: str) -> str:
    """One line of output as it is, but for characters that move the cursor, colour the rest, or are not seen."""
    return HIDDEN.sub("\N{REPLACEMENT CHARACTER}", line)


def for_markdown(text: str) -> str:
    """Plain text of a table's cell, or of a line: nothing in it is markup."""
    return MARKUP.sub(lambda found: "\\" + found[0], one_line(str(text), sys.maxsize))


def for_code(text: str) -> str:
    """Text between backticks, which cannot end them; for a line, not for a table's cell."""
    flat = one_line(str(text), sys.maxsize)
    fence = "`" * (1 + max(map(len, re.findall(r"`+", flat)), default=0))
    space = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{space}{flat}{space}{fence}"


def for_sheet(text: str) -> str:
    """A cell of CSV that no spreadsheet takes for a formula; the quotes around it are the writer's affair."""
    flat = one_line(str(text), sys.maxsize)
    return f"'{flat}" if FORMULA.match(flat) else flat


def for_json_line(text: str) -> str:
    """JSON as one line that shows all it holds: a character that would hide is written as its escape, which is the
    same JSON, because outside its strings there is none."""
    return HIDDEN.sub(lambda found: "".join(map(_escape, found[0])), text)


def _escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))
