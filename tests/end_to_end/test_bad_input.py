"""A fault of the command line or of a file that it names: exit code 4, one line with the value and the fix, no file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.running import Ended, at_once, files_below, run_in

NOWHERE = "http://127.0.0.1:1"
IN_AN_ADDRESS = "sk-in-an-address-0001"

CLAIMS = """
name = "mine"
title = "Mine"
base_url = "http://127.0.0.1:1"
auth = ["x-api-key"]
api_key_env = "CONFORMANCE_API_KEY"

[[models]]
id = "reference-1"

[[documents]]
id = "page"
title = "A page"

[[claims]]
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """Options that will not do, and the words that the one line must have. `{files}` stands for the prepared files."""

    options: tuple[str, ...]
    words: tuple[str, ...]


FAULTS: Mapping[str, Fault] = {
    "auth": Fault(("--auth=x",), ("--auth=x", "x-api-key or bearer")),
    "concurrency 0": Fault(("--concurrency=0",), ("--concurrency=0", "more than 0")),
    "rate below 0": Fault(("--rate=-1",), ("--rate=-1", "more than 0")),
    "rate 0": Fault(("--rate=0",), ("--rate=0", "more than 0")),
    "token rate 0": Fault(("--token-rate=0",), ("--token-rate=0", "more than 0")),
    "timeout 0": Fault(("--answer-timeout=0",), ("--answer-timeout=0", "more than 0")),
    "timeout not a number": Fault(("--answer-timeout=nan",), ("--answer-timeout=nan", "more than 0")),
    "patience not a number": Fault(("--patience=nan",), ("--patience=nan",)),
    "patience below 0": Fault(("--patience=-1",), ("--patience=-1",)),
    "seed below 0": Fault(("--seed=-1",), ("--seed=-1", "0 or more")),
    "provider": Fault(("--provider=deepsek",), ("'deepsek'", "did you mean 'deepseek'?", "path")),
    "provider's path": Fault(("--provider={files}/no.toml",), ("/no.toml", "give the path of a TOML file")),
    "no TOML": Fault(("--provider={files}/broken.toml",), ("/broken.toml", "not valid TOML")),
    "unknown row": Fault(
        ("--provider={files}/unknown_row/mine.toml",),
        ("/mine.toml", "'fields.systen'", "did you mean 'fields.system'?"),
    ),
    "unknown word": Fault(("--provider={files}/unknown_word/mine.toml",), ("/mine.toml", "fields.system", "'maybe'")),
    "no source": Fault(("--provider={files}/no_source/mine.toml",), ("/mine.toml", "fields.system", "document")),
    "endpoint": Fault(("--endpoint=foo",), ("--endpoint=foo", "ANTHROPIC_BASE_URL")),
    "endpoint's port": Fault(("--endpoint=http://127.0.0.1:99999",), ("--endpoint=http://127.0.0.1:99999", "address")),
    "endpoint's brackets": Fault(("--endpoint=http://[::1",), ("--endpoint=http://[::1", "address")),
    "endpoint's fragment": Fault(("--endpoint=http://127.0.0.1:1/#messages",), ("--endpoint=http://127.0.0.1:1/#",)),
    "endpoint over http": Fault(
        ("--endpoint=http://192.0.2.1:9",), ("http://192.0.2.1:9: http is not encrypted", "--allow-plain-http")
    ),
    "key in the user": Fault((f"--endpoint=http://{IN_AN_ADDRESS}@127.0.0.1:1",), ("--endpoint", "variable")),
    "key in the query": Fault((f"--endpoint=http://127.0.0.1:1/?key={IN_AN_ADDRESS}",), ("--endpoint", "variable")),
    "key as a variable": Fault((f"--api-key-env={IN_AN_ADDRESS}",), ("--api-key-env", "environment variable")),
    "header": Fault(("--header=bad",), ("--header", "NAME=ENV")),
    "header's variable": Fault(("--header=x-gateway=NOT_SET_HERE",), ("--header=x-gateway=NOT_SET_HERE", "not set")),
    "record and replay": Fault(("--record", "--replay"), ("--record", "--replay", "leave one out")),
    "resume and replay": Fault(("--resume", "--replay"), ("--resume", "--replay", "leave one out")),
    "nothing to resume": Fault(("--resume",), ("--resume", "nothing to resume", "leave --resume out")),
    "requests 0": Fault(("--max-requests=0",), ("--max-requests=0", "more than 0")),
    "tokens below 0": Fault(("--max-tokens=-1",), ("--max-tokens=-1", "more than 0")),
    "no baseline": Fault(("--baseline={files}/no.json",), ("--baseline=", "/no.json", "No such file")),
    "baseline is no matrix": Fault(("--baseline={files}/list.json",), ("--baseline=", "/list.json", "matrix.json")),
    "baseline is no JSON": Fault(("--baseline={files}/broken.toml",), ("--baseline=", "/broken.toml", "matrix.json")),
    "reports is a file": Fault(("--reports={files}/list.json",), ("--reports=", "/list.json", "another folder")),
    "reports in a file": Fault(("--reports={files}/list.json/in",), ("--reports=", "/list.json/in", "another folder")),
    "cassettes is a file": Fault(("--record", "--cassettes={files}/list.json"), ("--cassettes=", "another folder")),
    "nothing to replay": Fault(("--replay", "--provider=deepseek"), ("--replay", "deepseek", "--record")),
    "nothing to replay, no model": Fault(("--replay",), ("--replay", "--record")),
}

# Faults of the address itself take the address's place; the others are found beside a good one, before it is asked.
WITHOUT_ENDPOINT = ("provider", "unknown", "no source", "no TOML", "endpoint", "key in", "nothing to replay")


def claims(row: str, status: str, source: str) -> str:
    return f'{CLAIMS}row = "{row}"\nstatus = "{status}"\nquote = "said so"\n{source}\n'


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that will not do."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "list.json").write_text(json.dumps([1, 2]), encoding="utf-8")
    (folder / "broken.toml").write_text("name = [", encoding="utf-8")
    sourced = 'document = "page"'
    for name, text in {
        "unknown_row": claims("fields.systen", "supported", sourced),
        "unknown_word": claims("fields.system", "maybe", sourced),
        "no_source": claims("fields.system", "supported", ""),
    }.items():
        (folder / name).mkdir()
        (folder / name / "mine.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def ended(checkout: Path, files: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Ended], Path]:
    """Every fault's run, and the folder with their reports."""
    folder = tmp_path_factory.mktemp("bad_input")

    def run(name: str, fault: Fault) -> Ended:
        own = [option.replace("{files}", str(files)) for option in fault.options]
        if not name.startswith(WITHOUT_ENDPOINT):
            own.insert(0, f"--endpoint={NOWHERE}")
        for option, default in (("reports", "reports"), ("cassettes", "cassettes")):
            if not any(each.startswith(f"--{option}=") for each in own):
                own.append(f"--{option}={folder / name / default}")
        return run_in(checkout, *own, "-p", "no:cacheprovider", DEEPSEEK_API_KEY="a-key-for-deepseek")

    runs = {name: (lambda name=name, fault=fault: run(name, fault)) for name, fault in FAULTS.items()}
    return at_once(runs), folder


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_in_one_line_with_exit_code_4(
    ended: tuple[dict[str, Ended], Path], files: Path, name: str
) -> None:
    run = ended[0][name]
    assert run.code == 4, run.out[-1500:]
    (line,) = run.errors
    for word in FAULTS[name].words:
        assert word in line
    assert "Traceback" not in run.out
    assert "INTERNALERROR" not in run.out
    assert IN_AN_ADDRESS not in run.out


def test_no_fault_leaves_a_file(ended: tuple[dict[str, Ended], Path], files: Path) -> None:
    assert files_below(ended[1]) == {}
    assert sorted(path for path in files_below(files)) == [
        "broken.toml",
        "list.json",
        "no_source/mine.toml",
        "unknown_row/mine.toml",
        "unknown_word/mine.toml",
    ]


@pytest.mark.parametrize(
    "key", ["sk-secret-0123456789\n", "sk-secret-0123\r\nx-evil: 1", "sk-secret-ключ-0123", " sk-secret-01"]
)
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(
    key: str, checkout: Path, tmp_path: Path
) -> None:
    run = run_in(checkout, f"--endpoint={NOWHERE}", f"--reports={tmp_path}", "--showlocals", CONFORMANCE_API_KEY=key)
    assert run.code == 4
    (line,) = run.errors
    assert "the value of CONFORMANCE_API_KEY holds a line break, a space at its end or a character beyond ASCII" in line
    assert "sk-secret" not in run.out


def test_certificates_that_cannot_be_read_are_told_before_anything_is_sent(checkout: Path, tmp_path: Path) -> None:
    missing = str(tmp_path / "no.pem")
    run = run_in(checkout, f"--endpoint={NOWHERE}", f"--reports={tmp_path / 'reports'}", SSL_CERT_FILE=missing)
    assert run.code == 4
    (line,) = run.errors
    assert f"SSL_CERT_FILE={missing}: cannot be read as certificates" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_told_before_anything_is_measured(
    checkout: Path, tmp_path: Path
) -> None:
    tmp_path.chmod(0o500)
    try:
        run = run_in(checkout, f"--endpoint={NOWHERE}", f"--reports={tmp_path}")
    finally:
        tmp_path.chmod(0o700)
    assert run.code == 4
    (line,) = run.errors
    assert f"--reports={tmp_path}: cannot be written to" in line


def test_every_fault_of_a_claims_file_has_a_line_of_its_own(checkout: Path, tmp_path: Path) -> None:
    two = claims("fields.systen", "supported", 'document = "page"') + claims(
        "fields.streem", "supported", 'document = "page"'
    ).removeprefix(CLAIMS.removesuffix("[[claims]]\n"))
    (tmp_path / "mine.toml").write_text(two, encoding="utf-8")
    run = run_in(checkout, f"--provider={tmp_path / 'mine.toml'}", f"--reports={tmp_path / 'reports'}")
    assert run.code == 4
    assert len(run.errors) == 2
    assert "fields.systen" in run.errors[0]
    assert "fields.streem" in run.errors[1]
