"""What a claims file gives, and the one line that each fault in it gives."""

import json
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.expect.claims.load import ClaimsError, Price, RateLimit, load_provider, provider_names

ROWS = ["fields.model", "fields.top_k", "tools.name", "tool_choice.any"]

HEAD = """\
name = "acme"
title = "Acme"
base_url = "https://api.acme.example/anthropic"
auth = ["bearer"]
api_key_env = "ACME_API_KEY"
"""
DOCUMENT = """
[[documents]]
id = "guide"
title = "Guide"
"""
CLAIM = """
[[claims]]
row = "tools.name"
status = "supported"
quote = "name | Yes"
document = "guide"
"""
WHOLE = HEAD + DOCUMENT + CLAIM

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str, name: str = "acme.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


def problem(path: Path | str) -> str:
    """The only line of the error, without the file's name."""
    with pytest.raises(ClaimsError) as caught:
        load_provider(path, known_rows=ROWS)
    line = str(caught.value)
    assert caught.value.problems == (line,)
    assert "\n" not in line
    assert line.startswith(f"{path}: ")
    return line.removeprefix(f"{path}: ")


def test_a_small_file_has_defaults_and_none_for_the_rest(write: Write) -> None:
    provider = load_provider(write(WHOLE), known_rows=ROWS)
    assert provider.messages_path == "/v1/messages"
    assert (provider.alternative_urls, provider.notes, provider.models) == ((), (), ())
    assert provider.rate_limit is None
    (document,) = provider.documents
    assert (document.url, document.language, document.dated, document.retrieved) == (None, None, None, None)
    (claim,) = provider.claims
    assert (claim.kind, claim.aside, claim.deviation, claim.also_at) == ("table", False, None, ())
    assert (claim.section, claim.field) == (None, None)
    assert provider.document_of(claim) is document


def test_a_whole_file_keeps_everything(write: Write) -> None:
    text = (
        HEAD
        + 'messages_path = "/messages"\nnotes = ["a", "b"]\nalternative_urls = ["http://localhost:8080"]\n'
        + '[rate_limit]\nrequests_per_minute = 5\ntier = "free"\nquote = "5 a minute"\n'
        + DOCUMENT
        + 'dated = "2026-04-16"\n[[models]]\nid = "m1"\ncontext_tokens = 1000\n[[models]]\nid = "m0"\n'
        + CLAIM.replace('"tools.name"', '"fields.model"').replace('"supported"', '"partial"')
        + 'deviation = "mapped"\nalso_at = [{ section = "s", field = "f", quote = "q" }]\n'
    )
    provider = load_provider(str(write(text)), known_rows=ROWS)
    assert provider.messages_path == "/messages"
    assert provider.rate_limit == RateLimit(requests_per_minute=5, tier="free", quote="5 a minute")
    assert [model.id for model in provider.models] == ["m1", "m0"]
    assert provider.documents[0].dated == "2026-04-16"
    assert provider.claims[0].deviation == "mapped"
    assert provider.claims[0].also_at[0].quote == "q"


def test_statuses_map_rows_and_leave_the_undeclared_out(write: Write) -> None:
    provider = load_provider(write(WHOLE), known_rows=ROWS)
    assert dict(provider.statuses) == {"tools.name": "supported"}
    assert provider.statuses.get("fields.top_k") is None
    with pytest.raises(TypeError, match="does not support item assignment"):
        provider.statuses["tools.name"] = "ignored"  # type: ignore[index]


def test_a_provider_cannot_be_changed(write: Write) -> None:
    provider = load_provider(write(WHOLE), known_rows=ROWS)
    with pytest.raises(FrozenInstanceError):
        provider.base_url = "https://elsewhere.example"  # type: ignore[misc]


def test_a_name_and_the_path_of_its_file_load_alike() -> None:
    for name in provider_names():
        path = Path(str(files("conformance.expect.claims").joinpath(f"{name}.toml")))
        by_path = load_provider(path, known_rows=AllRows())
        assert load_provider(name, known_rows=AllRows()) == by_path
        assert by_path.name == name


class AllRows(frozenset[str]):
    def __contains__(self, row: object) -> bool:
        return True


def test_provider_names_are_sorted() -> None:
    assert provider_names() == sorted(set(provider_names()))
    assert provider_names()


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("deepseke", "unknown provider 'deepseke' (did you mean 'deepseek'?): known are aimock, deepseek, "),
        ("qqqq", "unknown provider 'qqqq': known are aimock, deepseek, "),
        ("", "unknown provider '': known are "),
        ("claims.schema", "unknown provider 'claims.schema'"),
    ],
)
def test_an_unknown_provider_lists_the_known(name: str, start: str) -> None:
    with pytest.raises(ClaimsError) as caught:
        load_provider(name, known_rows=ROWS)
    assert str(caught.value).startswith(start)
    assert str(caught.value).endswith("for a file of your own give its path, ending in .toml")
    assert all(known in str(caught.value) for known in provider_names())


def test_what_ends_in_toml_is_a_path(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(WHOLE).parent)
    assert load_provider("acme.toml", known_rows=ROWS).name == "acme"
    assert load_provider("./acme.toml", known_rows=ROWS).name == "acme"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    missing = problem(tmp_path / "none.toml")
    assert missing == "cannot be read (No such file or directory): give the path of a TOML file"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert problem(tmp_path).startswith("cannot be read (")


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "acme.toml"
    path.write_bytes(b'name = "\xff"\n')
    assert problem(path) == "not UTF-8 at byte 8: save it as UTF-8"


def test_a_syntax_error_names_the_line(write: Write) -> None:
    fault = problem(write('name = "acme"\ntitle = Acme\n'))
    assert fault.startswith("not valid TOML: ")
    assert "line 2" in fault


def test_a_table_that_is_opened_twice_is_a_syntax_error(write: Write) -> None:
    assert problem(write(HEAD + 'name = "again"\n')).startswith("not valid TOML: Cannot overwrite a value")


def test_a_name_that_is_not_the_files(write: Write) -> None:
    fault = problem(write(WHOLE, "other.toml"))
    assert fault == "name 'acme' is not the file's name: write 'other', or rename the file"


FAULTS = {
    "row that does not exist": (
        WHOLE.replace("tools.name", "tools.nam"),
        "claims 1 (tools.nam): no row has the id 'tools.nam' (did you mean 'tools.name'?)",
    ),
    "row like no other": (
        WHOLE.replace("tools.name", "xxxx"),
        "claims 1 (xxxx): no row has the id 'xxxx': write the id of a row that exists",
    ),
    "unknown status": (
        WHOLE.replace('"supported"', '"full"'),
        "claims 1 (tools.name): status 'full' will not do: write one of supported, partial, ignored, unsupported",
    ),
    "status of the wrong type": (
        WHOLE.replace('"supported"', "true"),
        "claims 1 (tools.name): status true will not do: write one of supported, partial, ignored, unsupported",
    ),
    "missing quote": (
        WHOLE.replace('quote = "name | Yes"\n', ""),
        "claims 1 (tools.name): quote is missing: write the document's words as they stand",
    ),
    "empty quote": (
        WHOLE.replace("name | Yes", " "),
        "claims 1 (tools.name): quote ' ' will not do: write a text that is not empty",
    ),
    "missing document": (
        WHOLE.replace('document = "guide"\n', ""),
        "claims 1 (tools.name): document is missing: write the id of one of the [[documents]]",
    ),
    "missing row": (
        WHOLE.replace('row = "tools.name"\n', ""),
        "claims 1: row is missing: write the id of a row",
    ),
    "unknown document": (
        WHOLE.replace('document = "guide"', 'document = "manual"'),
        "claims 1 (tools.name): unknown document 'manual': known are guide",
    ),
    "no documents at all": (
        HEAD + CLAIM,
        "claims 1 (tools.name): unknown document 'guide': known are none, add a [[documents]] table",
    ),
    "duplicate row": (
        WHOLE + CLAIM,
        "claims 2 (tools.name): the same row stands in claims 1: keep one of the two",
    ),
    "duplicate document": (
        HEAD + DOCUMENT + DOCUMENT,
        "documents 2 (guide): the same id stands in documents 1: keep one of the two",
    ),
    "duplicate model": (
        HEAD + '[[models]]\nid = "m"\n' * 2,
        "models 2 (m): the same id stands in models 1: keep one of the two",
    ),
    "fault without partial": (
        WHOLE + 'fault = "done_sentinel"\n',
        "claims 1 (tools.name): fault goes with status 'partial', not 'supported': change either",
    ),
    "deviation without partial": (
        WHOLE + 'deviation = "mapped"\n',
        "claims 1 (tools.name): deviation goes with status 'partial', not 'supported': change either",
    ),
    "unknown key of a claim": (
        WHOLE + 'sections = "Tools"\n',
        "claims 1 (tools.name): unknown key 'sections' (did you mean 'section'?): "
        "known are row, status, quote, section, field, document, kind, aside, deviation, fault, also_at",
    ),
    "unknown table": (
        HEAD + '[[claim]]\nrow = "tools.name"\n',
        "unknown key 'claim' (did you mean 'claims'?): known are name, title, base_url, alternative_urls, "
        "messages_path, auth, api_key_env, notes, documents, rate_limit, models, prices, claims",
    ),
    "unknown key of a place": (
        WHOLE + 'also_at = [{ section = "s", field = "f", quote = "q", row = "r" }]\n',
        "claims 1 (tools.name): unknown key 'row': known are section, field, quote",
    ),
    "missing key at the top": (
        WHOLE.replace('title = "Acme"\n', ""),
        "title is missing: write the vendor's name as people read it",
    ),
    "missing quote of a limit": (
        HEAD + "[rate_limit]\nconcurrency = 3\n",
        "rate_limit: quote is missing: write the document's words as they stand",
    ),
    "number as text": (
        HEAD + '[[models]]\nid = "m"\ncontext_tokens = "200k"\n',
        "models 1 (m): context_tokens '200k' will not do: write a whole number, 1 or more",
    ),
    "boolean as number": (
        HEAD + '[[models]]\nid = "m"\ncontext_tokens = true\n',
        "models 1 (m): context_tokens true will not do: write a whole number, 1 or more",
    ),
    "no requests at all": (
        HEAD + '[rate_limit]\nrequests_per_minute = 0\nquote = "q"\n',
        "rate_limit: requests_per_minute 0 will not do: write a whole number, 1 or more",
    ),
    "text as table": (
        HEAD + 'rate_limit = "60 a minute"\n',
        "rate_limit '60 a minute' will not do: write a table with quote and the limits",
    ),
    "text among tables": (
        HEAD + 'claims = ["tools.name"]\n',
        "claims 'tools.name' will not do: write a table with row, status, quote and document",
    ),
    "table where a list of tables belongs": (
        HEAD + DOCUMENT + CLAIM.replace("[[claims]]", "[claims]"),
        "claims {'row': 'tools.name', 'status': 'supported', 'quote': 'name … will not do: "
        "write a [[claims]] table for each row that the documents speak of",
    ),
    "unknown way to authenticate": (
        WHOLE.replace('["bearer"]', '["basic"]'),
        'auth \'basic\' will not do: write "x-api-key" or "bearer"',
    ),
    "no way to authenticate": (
        WHOLE.replace('["bearer"]', "[]"),
        'auth [] will not do: write a list of "x-api-key", "bearer" or both, the one to use first',
    ),
    "URL with a password": (
        WHOLE.replace("https://api", "https://me:hush-5c1f@api"),
        "base_url: a key has no place in an address, which reports show: put it in ACME_API_KEY",
    ),
    "URL with a password and a slash at its end": (
        WHOLE.replace("https://api", "https://me:hush-5c1f@api").replace("/anthropic", "/anthropic/"),
        "base_url 'https://…@api.acme.example/anthropic/' will not do: "
        "write an http or https URL without a slash at its end",
    ),
    "further URL with a key": (
        HEAD + 'alternative_urls = ["https://acme.example/v1?key=hush-5c1f"]\n',
        "alternative_urls: a key has no place in an address, which reports show: put it in ACME_API_KEY",
    ),
    "URL with a slash at its end": (
        WHOLE.replace("/anthropic", "/anthropic/"),
        "base_url 'https://api.acme.example/anthropic/' will not do: "
        "write an http or https URL without a slash at its end",
    ),
    "date without quotes": (
        HEAD + DOCUMENT + "dated = 2026-04-16\n",
        'documents 1 (guide): dated 2026-04-16 will not do: write a date in quotes, like "2026-04-16"',
    ),
    "date of no calendar": (
        HEAD + DOCUMENT + 'retrieved = "2026-02-30"\n',
        "documents 1 (guide): retrieved '2026-02-30' is not in the calendar: write the date or leave it out",
    ),
}


@pytest.mark.parametrize(("text", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_one_line_with_its_place_and_its_fix(write: Write, text: str, fault: str) -> None:
    assert problem(write(text)) == fault


def test_a_key_that_was_put_into_the_file_is_not_repeated(write: Write) -> None:
    fault = problem(write(WHOLE.replace("ACME_API_KEY", "sk-secret-0123456789")))
    assert fault == "api_key_env will not do: write the name of an environment variable, never a key itself"


def test_several_faults_are_one_line_each_in_the_files_order(write: Write) -> None:
    path = write(HEAD + DOCUMENT + CLAIM.replace("tools.name", "tools.nom") + CLAIM.replace("guide", "manual"))
    with pytest.raises(ClaimsError) as caught:
        load_provider(path, known_rows=ROWS)
    first, second = caught.value.problems
    assert str(caught.value) == f"{first}\n{second}"
    assert first.startswith(f"{path}: claims 1 (tools.nom): no row")
    assert second.startswith(f"{path}: claims 2 (tools.name): unknown document")


def test_the_tenth_claim_comes_after_the_second(write: Write) -> None:
    claims = "".join(CLAIM.replace("supported", "full") if index in (1, 9) else CLAIM for index in range(10))
    with pytest.raises(ClaimsError) as caught:
        load_provider(write(HEAD + DOCUMENT + claims), known_rows=ROWS)
    assert ["claims 2 " in caught.value.problems[0], "claims 10 " in caught.value.problems[1]] == [True, True]


def test_the_schema_is_one() -> None:
    text = files("conformance.expect.claims").joinpath("claims.schema.json").read_text(encoding="utf-8")
    Draft202012Validator.check_schema(json.loads(text))


MODEL = '[[models]]\nid = "m1"\n'
PRICE = '[[prices]]\nmodel = "m1"\ncurrency = "USD"\ninput = 0.5\noutput = 2\nquote = "0.5 | 2"\ndocument = "guide"\n'


def test_the_price_of_a_model_is_kept_with_its_words(write: Write) -> None:
    provider = load_provider(write(WHOLE + MODEL + PRICE), known_rows=ROWS)
    price = Price(model="m1", currency="USD", input=0.5, output=2, quote="0.5 | 2", document="guide")
    assert provider.price_of("m1") == price
    assert provider.price_of("m2") is None
    assert provider.price_of(None) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PRICE, "prices 1 (m1): unknown model 'm1': known are none, add a [[models]] table"),
        (MODEL + PRICE + PRICE, "prices 2 (m1): the same model stands in prices 1: keep one of the two"),
        (
            MODEL + PRICE.replace('"guide"', '"page"'),
            "prices 1 (m1): unknown document 'page': known are guide",
        ),
        (
            MODEL + PRICE.replace('"USD"', '"$"'),
            "prices 1 (m1): currency '$' will not do: write a code of three capitals, like \"USD\"",
        ),
        (
            MODEL + PRICE.replace("0.5\n", "-1\n"),
            "prices 1 (m1): input -1 will not do: write what a million tokens in cost, a number",
        ),
    ],
)
def test_a_price_at_fault_is_told(write: Write, text: str, said: str) -> None:
    assert problem(write(WHOLE + text)) == said
