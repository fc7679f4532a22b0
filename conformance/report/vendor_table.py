"""The support table in the vendors' own format, as it was observed: Markdown that can be pasted into documentation.

status                  word (English)                          footnote
supported               Fully Supported, where every part of    -
                        the line was seen as well
supported               Fully Supported (`x` is …), where all   of each such part
                        other parts are a MAY of the documents
supported               Supported (`x` is ignored, …), where    of each such part
                        another part was not, or not measured
partial                 Partially Supported                     what deviates
accepted                Accepted                                what was seen
ignored                 Ignored                                 -
rejected                Not Supported                           the server's words
broken                  Not Supported (fails)                   how
untested, not in run    Not Measured                            why
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.protocol.status import Deviation, Reason, Status
from conformance.report.markdown import cell
from conformance.report.matrix_record import Matrix
from conformance.report.matrix_row import MatrixRow
from conformance.report.vendor_lines import LINES, Line, Section
from conformance.report.vendor_words import Words

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Footnotes are marked with these: they stand as they are in every kind of Markdown."""

Rows = Mapping[str, MatrixRow]


class NothingMeasuredError(ValueError):
    """A matrix without a single exchange: no table can be dated by it."""


class Footnotes:
    """Numbers the rows that need a word of explanation, in the order in which they are met; each has one number."""

    def __init__(self, rows: Rows, words: Words) -> None:
        self._rows, self._words = rows, words
        self._numbers: dict[str, int] = {}

    def mark(self, row_id: str) -> str:
        """The sign of a row's footnote; empty for a row of which there is nothing to explain."""
        if not self._text(row_id):
            return ""
        number = self._numbers.setdefault(row_id, len(self._numbers) + 1)
        return str(number).translate(SUPERSCRIPTS)

    def __iter__(self) -> Iterator[str]:
        for row_id, number in self._numbers.items():
            text = self._words.note.format(row=f"`{row_id}`", words=self._text(row_id))
            yield f"{str(number).translate(SUPERSCRIPTS)} {text}"

    def _text(self, row_id: str) -> str:
        row = self._rows.get(row_id)
        if row is None:
            return self._words.not_in_run
        status = row.status
        code = ""
        if row.deviation is not None:
            code = self._words.deviation[Deviation(row.deviation)]
        elif row.reason is not None:
            code = self._words.reason[Reason(row.reason)]
        note = "" if status in (Status.SUPPORTED, Status.IGNORED) else cell(row.note)
        return ": ".join(each for each in (code, note) if each)


def vendor_table(matrix: Matrix, words: Words) -> str:
    """The whole table. The same matrix gives the same bytes. Raises NothingMeasuredError."""
    rows: Rows = matrix.by_id
    footnotes = Footnotes(rows, words)
    lines = [f"## {words.title}", "", observed(matrix, words), ""]
    for section in Section:
        if section is Section.TOOLS:
            lines += [f"### {words.group}", ""]
        level = "####" if section in (Section.TOOLS, Section.TOOL_CHOICE) else "###"
        lines += [f"{level} {words.sections[section]}", "", *section_table(section, rows, words, footnotes), ""]
    if told := list(footnotes):
        lines += [f"### {words.notes}", ""]
        for footnote in told:
            lines += [footnote, ""]
    return "\n".join([*lines, _others(rows, words), ""])


def observed(matrix: Matrix, words: Words) -> str:
    """When and where it was seen, and by what: a table without this would be taken for the vendor's word. Raises
    NothingMeasuredError."""
    endpoint, run, suite = matrix.endpoint, matrix.run, matrix.suite
    if run.finished is None:
        raise NothingMeasuredError("no row of this matrix has an exchange: there is nothing to put into a table")
    mode = words.embedded if run.mode == "embedded" else ""
    mode += words.dialect.format(cell(endpoint.dialect)) if endpoint.dialect else ""
    return words.observed.format(
        date=run.finished[:10],
        model=cell(endpoint.model),
        url=cell(endpoint.url),
        version=cell(endpoint.anthropic_version),
        suite=f"{suite.name} {suite.version}",
        mode=mode,
    ).rstrip()


def section_table(section: Section, rows: Rows, words: Words, footnotes: Footnotes) -> Iterator[str]:
    """One table: a field beside its status, a message field in three cells."""
    first = words.value if section is Section.TOOL_CHOICE else words.field
    heads = words.message_field if section is Section.MESSAGES else (first,)
    yield _joined(*heads, words.support_status)
    yield _joined(*("---" for _ in range(len(heads) + 1)))
    for line in LINES:
        if line.section is section:
            yield _joined(*line.cells, support_status(line, rows, words, footnotes))


def support_status(line: Line, rows: Rows, words: Words, footnotes: Footnotes) -> str:
    """A line's status in the vendors' words, with the signs of its footnotes; see the module's table."""
    status = _status(rows, line.row)
    if status is not Status.SUPPORTED:
        # What its parts come to says nothing where the field itself does not work.
        return words.status[status] + footnotes.mark(line.row)
    lesser = [part for part in line.parts if _status(rows, part.row) is not Status.SUPPORTED]
    told = [words.part[_status(rows, part.row)].format(part.called) + footnotes.mark(part.row) for part in lesser]
    word = words.fully if all(_may(rows, part.row) for part in lesser) else words.status[status]
    return word + (words.parentheses.format(words.listed.join(told)) if told else "")


def _may(rows: Rows, row_id: str) -> bool:
    """Whether not offering a row is no fault. Of one that was not run that is not known."""
    return row_id in rows and rows[row_id].title.startswith("MAY ")


def _status(rows: Rows, row_id: str) -> Status:
    return rows[row_id].status if row_id in rows else Status.UNTESTED


def _others(rows: Rows, words: Words) -> str:
    deciding = {each for line in LINES for each in (line.row, *(part.row for part in line.parts))}
    return words.others.format(measured=len(rows), shown=len(deciding & rows.keys()), lines=len(LINES))


def _joined(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
