"""Disks that are full, files that are no longer what they were, and a pytest without a terminal: one line, the right
exit code, and nothing that was measured is lost."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.evidence.paths import safe_name
from conformance.measure.target import host_of
from tests.end_to_end.running import MODEL, only_json, run_in
from tests.end_to_end.servers import Asked, embedded

SOME = ("-k", "fields.model or fields.top_k", "-p", "no:cacheprovider", f"--model={MODEL}")


def test_reports_that_cannot_be_written_are_told_in_a_line_and_made_later(checkout: Path, tmp_path: Path) -> None:
    asked = Asked()
    with embedded(asked) as url:
        folder = tmp_path / safe_name(host_of(url)) / MODEL
        in_the_way = folder / "selection.json" / "a folder"
        in_the_way.mkdir(parents=True)
        first = run_in(checkout, f"--endpoint={url}", f"--reports={tmp_path}", *SOME)
        assert first.code == 3, first.out
        assert f"{folder}: the reports cannot be written (Is a directory); mend that, then --resume" in first.out
        assert "Traceback" not in first.out
        assert "INTERNALERROR" not in first.out
        sent = len(asked.requests)
        in_the_way.rmdir()
        in_the_way.parent.rmdir()
        again = run_in(checkout, f"--endpoint={url}", f"--reports={tmp_path}", "--resume", *SOME)
        assert again.code == 0, again.out
        assert len(asked.requests) - sent <= 3  # that it still answers
    assert {row["status"] for row in only_json(tmp_path, "selection")["rows"]} == {"supported"}
    journal = folder / "selection.journal.jsonl"
    assert not journal.exists()
    journal.write_text(json.dumps({"format": 1, "url": url}) + "\n", encoding="utf-8")
    lacking = run_in(checkout, f"--endpoint={url}", f"--reports={tmp_path}", "--resume", *SOME)
    assert lacking.code == 4
    (line,) = lacking.errors
    assert f"{journal}: its first line does not say what was run; delete it and measure without --resume" in line


def test_without_a_terminal_the_matrix_is_written_and_the_exit_code_is_right(checkout: Path, tmp_path: Path) -> None:
    quiet = ("-p", "no:terminal", "-p", "no:cacheprovider", f"--reports={tmp_path}")
    fine = run_in(checkout, *quiet, "-k", "fields.model")
    assert (fine.code, fine.out) == (0, "")
    assert [row["id"] for row in only_json(tmp_path, "selection")["rows"]] == ["fields.model"]
    nothing = run_in(checkout, *quiet, "-k", "errors.prompt_too_long")
    assert nothing.code == 1
    assert nothing.out.strip() == "no row has evidence, so this run is no success"
    unmade = run_in(checkout, *quiet, "-k", "fields.model", TMPDIR=str(tmp_path / "full"))
    assert unmade.code == 0  # the system's own place is taken where TMPDIR is none
