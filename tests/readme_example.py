"""The README's examples, of what is published under reports/: rows of llama.cpp's matrix, and the diff of a run with
one through a gateway. `python -m tests.readme_example` writes them anew."""

from __future__ import annotations

from pathlib import Path

from conformance.report import diff
from conformance.report.changes import compare
from conformance.report.markdown import table
from conformance.report.read import read_matrix

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
MATRIX = ROOT / "reports" / "llama.cpp" / "smollm2" / "matrix.json"
RUNS = "reports/llama.cpp/smollm2-tools-thinking/matrix.json", "reports/litellm/anthropic/matrix.json"
LONGEST_LINE = 118

SHOWN = (
    "headers.authorization",
    "headers.both",
    "headers.anthropic_version",
    "fields.model",
    "fields.max_tokens",
    "fields.stop_sequences",
    "fields.temperature",
    "tools.name",
    "tool_choice.any",
    "content.text.text",
    "content.text.cache_control",
    "content.image",
    "content.document",
    "errors.envelope",
    "clients.sdk.message",
)


def example() -> str:
    """Some rows of the matrix."""
    rows = read_matrix(MATRIX).by_id
    return "\n" + "\n".join(table([rows[row_id] for row_id in SHOWN])) + "\n\n"


def difference() -> str:
    """What the terminal tells of two runs, but for the exchanges below each note; long lines are cut."""
    before, after = (read_matrix(ROOT / run) for run in RUNS)
    told = [line for line in diff.lines(before, after, compare(before, after)) if not line.startswith("      ")]
    text = [f"$ python -m conformance.report diff {RUNS[0]} \\", f"    {RUNS[1]}", *told]
    cut = [line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 2]} …" for line in text]
    return "\n```console\n" + "\n".join(cut) + "\n```\n\n"


def with_block(readme: str, name: str, block: str) -> str:
    """The README with what stands between two markers replaced."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
    before, _, rest = readme.partition(begin)
    _, _, after = rest.partition(end)
    return before + begin + block + end + after


def with_example(readme: str) -> str:
    """The README with both blocks brought up to date."""
    return with_block(with_block(readme, "example", example()), "diff", difference())


if __name__ == "__main__":
    README.write_text(with_example(README.read_text(encoding="utf-8")), encoding="utf-8")
