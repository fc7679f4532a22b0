"""The README's example: rows of the committed llama.cpp matrix. `python -m tests.readme_example` writes it anew."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.report.markdown import table

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
MATRIX = ROOT / "reports" / "llama.cpp" / "smollm2" / "matrix.json"
BEGIN, END = "<!-- example -->\n", "<!-- /example -->\n"

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
    """The block between the README's markers."""
    rows = {row["id"]: row for row in json.loads(MATRIX.read_text(encoding="utf-8"))["rows"]}
    return "\n" + "\n".join(table([rows[row_id] for row_id in SHOWN])) + "\n\n"


def with_example(readme: str) -> str:
    """The README with the block brought up to date."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + example() + END + after


if __name__ == "__main__":
    README.write_text(with_example(README.read_text(encoding="utf-8")), encoding="utf-8")
