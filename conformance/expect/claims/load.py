"""Reads a claims file: structure against a JSON Schema, references in code, every fault named in one line."""

import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

ClaimStatus = Literal["supported", "partial", "ignored", "unsupported"]
ClaimKind = Literal["table", "range", "text"]
Auth = Literal["x-api-key", "bearer"]

_PACKAGE = "conformance.expect.claims"
_SUFFIX = ".toml"
_DEFAULT_MESSAGES_PATH = "/v1/messages"
_WHO = re.compile(r"//[^/@\s]*@")  # a name and a password in an address
_NEVER_SHOWN = "api_key_env"  # someone may have put a key there
_SHOWN_CHARACTERS = 60


class ClaimsError(ValueError):
    """A provider is unknown or its file is at fault: a line a problem, with its place and what to write."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A page that claims are taken from. None is what the page does not say."""

    id: str
    title: str
    url: str | None = None
    language: str | None = None
    dated: str | None = None
    retrieved: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """The limits that a vendor documents, of the tier to assume."""

    quote: str
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None
    tier: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that a vendor documents."""

    id: str
    context_tokens: int | None = None
    max_output_tokens: int | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a vendor documents that a model's tokens cost: a million in, and a million out."""

    model: str
    currency: str
    input: float
    output: float
    quote: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A further line of a document that says the same."""

    section: str
    field: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a vendor documents for one row. An aside is said in passing, in the line of another field. `fault` names the
    fault of the wire that the words document (see faults.py)."""

    row: str
    status: ClaimStatus
    quote: str
    document: str
    section: str | None = None
    field: str | None = None
    kind: ClaimKind = "table"
    aside: bool = False
    deviation: str | None = None
    fault: str | None = None
    also_at: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A vendor's address and what its documents claim. The first model and auth are the defaults."""

    name: str
    title: str
    base_url: str
    auth: tuple[Auth, ...]
    api_key_env: str
    messages_path: str = _DEFAULT_MESSAGES_PATH
    alternative_urls: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    rate_limit: RateLimit | None = None
    models: tuple[Model, ...] = ()
    prices: tuple[Price, ...] = ()
    claims: tuple[Claim, ...] = ()

    @property
    def statuses(self) -> Mapping[str, ClaimStatus]:
        """The claimed status of each row that is claimed; a row that is missing here is undeclared."""
        return MappingProxyType({claim.row: claim.status for claim in self.claims})

    @property
    def faults(self) -> frozenset[str]:
        """The faults of the wire that are documented."""
        return frozenset(claim.fault for claim in self.claims if claim.fault)

    def price_of(self, model: str | None) -> Price | None:
        """What a model's tokens cost; None where the documents do not say."""
        return next((price for price in self.prices if price.model == model), None)

    def document_of(self, claim: Claim) -> Document:
        """The page that a claim is taken from. Raises KeyError for a claim of another provider."""
        return {document.id: document for document in self.documents}[claim.document]


def provider_names() -> list[str]:
    """The providers that come with the suite, sorted."""
    entries = (entry.name for entry in files(_PACKAGE).iterdir())
    return sorted(name.removesuffix(_SUFFIX) for name in entries if name.endswith(_SUFFIX))


def load_provider(name_or_path: str | Path, *, known_rows: Collection[str]) -> Provider:
    """The provider of that name, or of the TOML file at that path (what contains a slash or ends in .toml).

    `known_rows` are the ids that a claim may name. Raises ClaimsError when the provider is unknown, the file
    cannot be read or is no TOML, a key is unknown, missing or of the wrong type, the name is not the file's,
    a row or a document is unknown, or something is there twice.
    """
    source, text = _read(name_or_path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ClaimsError([f"{source}: not valid TOML: {error}"]) from error
    stem = Path(source).name.removesuffix(_SUFFIX)
    problems = list(_faults_of_structure(data)) or list(_faults_of_reference(data, stem, known_rows))
    if problems:
        raise ClaimsError([f"{source}: {problem}" for problem in problems])
    return _provider(data)


def _read(name_or_path: str | Path) -> tuple[str, str]:
    """What to call the file in messages, and its text."""
    given = str(name_or_path)
    if isinstance(name_or_path, Path) or "/" in given or given.endswith(_SUFFIX):
        return given, _text_at(Path(given))
    names = provider_names()
    if given not in names:
        raise ClaimsError(
            [
                f"unknown provider {given!r}{_closest(given, names)}: known are {', '.join(names)}; "
                f"for a file of your own give its path, ending in {_SUFFIX}"
            ]
        )
    return given + _SUFFIX, files(_PACKAGE).joinpath(given + _SUFFIX).read_text(encoding="utf-8")


def _text_at(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        problem = f"{path}: cannot be read ({error.strerror}): give the path of a TOML file"
        raise ClaimsError([problem]) from error
    except UnicodeDecodeError as error:
        raise ClaimsError([f"{path}: not UTF-8 at byte {error.start}: save it as UTF-8"]) from error


def _faults_of_structure(data: Mapping[str, Any]) -> Iterator[str]:
    def in_file_order(error: ValidationError) -> list[str]:
        return [f"{step:06}" if isinstance(step, int) else step for step in error.absolute_path]

    for error in sorted(_validator().iter_errors(data), key=in_file_order):
        yield from _explained(error, data)


def _explained(error: ValidationError, data: Mapping[str, Any]) -> Iterator[str]:
    path = list(error.absolute_path)
    place = _place(data, path)
    schema = error.schema if isinstance(error.schema, dict) else {}
    instance: Any = error.instance
    if error.validator == "additionalProperties":
        known = list(schema["properties"])
        for key in sorted(set(instance) - set(known)):
            yield f"{place}unknown key {key!r}{_closest(key, known)}: known are {', '.join(known)}"
    elif error.validator == "required":
        for key in schema["required"]:
            if error.message.startswith(repr(key)):
                yield f"{place}{key} is missing: write {_expected(schema['properties'][key])}"
    else:
        key = _key(path)
        shown = "" if key == _NEVER_SHOWN else f" {_shortened(instance)}"
        yield f"{place if len(path) > 1 else ''}{key}{shown} will not do: write {_expected(schema)}"


def _faults_of_reference(data: Mapping[str, Any], stem: str, known_rows: Collection[str]) -> Iterator[str]:
    if data["name"] != stem:
        yield f"name {data['name']!r} is not the file's name: write {stem!r}, or rename the file"
    for key in ("base_url", "alternative_urls"):
        urls = data.get(key, ())
        for parts in map(urlsplit, [urls] if isinstance(urls, str) else urls):
            if "@" in parts.netloc or parts.query:
                yield f"{key}: a key has no place in an address, which reports show: put it in {data['api_key_env']}"
    documents = [document["id"] for document in data.get("documents", ())]
    yield from _dates(data)
    for table, key in (("documents", "id"), ("models", "id"), ("prices", "model"), ("claims", "row")):
        yield from _doubles(data, table, key)
    models = [model["id"] for model in data.get("models", ())]
    for index, price in enumerate(data.get("prices", ())):
        place = _place(data, ["prices", index])
        if price["model"] not in models:
            known = ", ".join(models) or "none, add a [[models]] table"
            yield f"{place}unknown model {price['model']!r}: known are {known}"
        yield from _document_fault(place, price["document"], documents)
    for index, claim in enumerate(data.get("claims", ())):
        place = _place(data, ["claims", index])
        if claim["row"] not in known_rows:
            fix = _closest(claim["row"], known_rows) or ": write the id of a row that exists"
            yield f"{place}no row has the id {claim['row']!r}{fix}"
        yield from _document_fault(place, claim["document"], documents)
        for key in ("deviation", "fault"):
            if key in claim and claim["status"] != "partial":
                yield f"{place}{key} goes with status 'partial', not {claim['status']!r}: change either"


def _document_fault(place: str, document: str, documents: Sequence[str]) -> Iterator[str]:
    if document not in documents:
        known = ", ".join(documents) or "none, add a [[documents]] table"
        yield f"{place}unknown document {document!r}: known are {known}"


def _dates(data: Mapping[str, Any]) -> Iterator[str]:
    for index, document in enumerate(data.get("documents", ())):
        for key in ("dated", "retrieved"):
            try:
                date.fromisoformat(document.get(key, "2000-01-01"))
            except ValueError:
                place = _place(data, ["documents", index])
                yield f"{place}{key} {document[key]!r} is not in the calendar: write the date or leave it out"


def _doubles(data: Mapping[str, Any], table: str, key: str) -> Iterator[str]:
    first: dict[str, int] = {}
    for index, entry in enumerate(data.get(table, ())):
        earlier = first.setdefault(entry[key], index)
        if earlier != index:
            place = _place(data, [table, index])
            yield f"{place}the same {key} stands in {table} {earlier + 1}: keep one of the two"


def _place(data: Mapping[str, Any], path: Sequence[str | int]) -> str:
    """Where in the file, to begin a line with: 'claims 3 (tools.name): ', or nothing at the top level."""
    if not path:
        return ""
    table = str(path[0])
    value: Any = data[table]
    if isinstance(value, dict):
        return f"{table}: "
    index = path[1] if len(path) > 1 else None
    if not isinstance(index, int) or not isinstance(value[index], dict):
        return ""
    label = next((value[index][key] for key in ("row", "id", "model") if key in value[index]), None)
    return f"{table} {index + 1} ({label}): " if isinstance(label, str) else f"{table} {index + 1}: "


def _key(path: Sequence[str | int]) -> str:
    """The last key on a path: of a list's item, the list's."""
    return next((step for step in reversed(path) if isinstance(step, str)), "the file")


def _expected(schema: Mapping[str, Any]) -> str:
    if "description" not in schema and "$ref" in schema:
        schema = _schema()["$defs"][schema["$ref"].rpartition("/")[2]]
    return str(schema.get("description", "what the schema asks for"))


def _closest(word: str, known: Collection[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _shortened(value: object) -> str:
    """A value as a line can show it, dates and booleans as TOML writes them."""
    if isinstance(value, bool):
        return str(value).lower()
    shown = str(value) if isinstance(value, date) else _WHO.sub("//…@", repr(value))
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}…"


def _provider(data: Mapping[str, Any]) -> Provider:
    tables = {
        "auth": tuple(data["auth"]),
        "alternative_urls": tuple(data.get("alternative_urls", ())),
        "notes": tuple(data.get("notes", ())),
        "documents": tuple(Document(**entry) for entry in data.get("documents", ())),
        "rate_limit": RateLimit(**data["rate_limit"]) if "rate_limit" in data else None,
        "models": tuple(Model(**entry) for entry in data.get("models", ())),
        "prices": tuple(Price(**entry) for entry in data.get("prices", ())),
        "claims": tuple(_claim(entry) for entry in data.get("claims", ())),
    }
    return Provider(**{**data, **tables})


def _claim(entry: Mapping[str, Any]) -> Claim:
    return Claim(**{**entry, "also_at": tuple(Place(**place) for place in entry.get("also_at", ()))})


@cache
def _schema() -> dict[str, Any]:
    text = files(_PACKAGE).joinpath("claims.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(_schema())
