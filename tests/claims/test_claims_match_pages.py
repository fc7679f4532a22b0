"""The packaged claims against a second transcription of the same pages.

`table_lines.tsv` holds each line of each table, `text_statements.tsv` words of the vendors without a table.
Both were read from the pages, not from the claims files.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.expect.claims.load import Claim, Place, Provider, load_provider

HERE = Path(__file__).parent

# What a table line's words, and the remark beside them where it matters, say of the line's own row.
STATUS_OF_WORDS = {
    "Fully Supported": "supported",
    "Fully Supported (range [0.0 ~ 2.0])": "supported",
    "Supported": "supported",
    "Supported (`budget_tokens` is ignored)": "supported",
    "Supported (`disable_parallel_tool_use` is ignored)": "supported",
    "Supported (disable_parallel_tool_use is ignored)": "supported",
    "Use DeepSeek Model Instead": "partial",
    "deepseek-v3.1 kimi-k2-0905-preview kimi-k2-turbo-preview": "supported",
    "Ignored": "ignored",
    "Not Supported": "unsupported",
    "完全支持": "supported",
    "支持 | 使用 DeepSeek 模型替代": "partial",
    "忽略": "ignored",
    "不支持": "unsupported",
}

# What a line says in passing of another row: (row, status, kind).
ASIDES_OF_WORDS = {
    "(range [0.0 ~ 2.0])": ("fields.temperature.above_one", "supported", "range"),
    "温度参数 (0.0-2.0)": ("fields.temperature.above_one", "supported", "range"),
    "`budget_tokens` is ignored": ("fields.thinking.budget_tokens", "ignored", "table"),
    "`disable_parallel_tool_use` is ignored": ("tool_choice.disable_parallel_tool_use", "ignored", "table"),
    "(disable_parallel_tool_use is ignored)": ("tool_choice.disable_parallel_tool_use", "ignored", "table"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLine:
    """One line of a vendor's table."""

    provider: str
    section: str
    field: str
    words: str
    remark: str
    row: str

    @property
    def status(self) -> str:
        """What the line's words say of its own row. Raises KeyError for words that are not in the table."""
        with_remark = f"{self.words} | {self.remark}"
        return STATUS_OF_WORDS.get(with_remark) or STATUS_OF_WORDS[self.words]

    @property
    def asides(self) -> list[tuple[str, str, str]]:
        """What the line's words say of other rows."""
        said = f"{self.words} {self.remark}"
        return [aside for words, aside in ASIDES_OF_WORDS.items() if words in said]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStatement:
    """Words of a page's text or of its examples, and the row that they speak of."""

    provider: str
    words: str
    row: str


def _cells(name: str, columns: list[str]) -> Iterator[dict[str, str]]:
    head, *lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    assert head.split("\t") == columns
    for line in lines:
        yield dict(zip(columns, line.split("\t"), strict=True))


TABLE_LINES = [
    TableLine(**cells)
    for cells in _cells("table_lines.tsv", ["provider", "section", "field", "words", "remark", "row"])
]
TEXT_STATEMENTS = [TextStatement(**cells) for cells in _cells("text_statements.tsv", ["provider", "words", "row"])]
KNOWN_ROWS = frozenset(
    {line.row for line in TABLE_LINES}
    | {row for line in TABLE_LINES for row, _, _ in line.asides}
    | {statement.row for statement in TEXT_STATEMENTS}
)

WITH_TABLE = ["deepseek", "kingsoft", "tencent-lkeap"]
WITHOUT_TABLE = ["jiekou", "megallm"]
PROVIDERS = {name: load_provider(name, known_rows=KNOWN_ROWS) for name in sorted(WITH_TABLE + WITHOUT_TABLE)}


def places(claim: Claim) -> Iterator[Claim | Place]:
    yield claim
    yield from claim.also_at


def stands_at(claim: Claim, line: TableLine) -> bool:
    return any(
        place.section == line.section and place.field == line.field and line.words in place.quote.split(" | ")
        for place in places(claim)
    )


def claims_at(line: TableLine) -> list[Claim]:
    return [claim for claim in PROVIDERS[line.provider].claims if stands_at(claim, line)]


@pytest.mark.parametrize(
    ("name", "lines", "claims", "ranges"),
    [("deepseek", 47, 49, 1), ("kingsoft", 47, 48, 1), ("tencent-lkeap", 45, 44, 1)],
)
def test_tables_are_claimed_in_full(name: str, lines: int, claims: int, ranges: int) -> None:
    kinds = Counter(claim.kind for claim in PROVIDERS[name].claims)
    assert sum(line.provider == name for line in TABLE_LINES) == lines
    assert kinds == {"table": claims, "range": ranges}


@pytest.mark.parametrize(("name", "statements"), [("jiekou", 9), ("megallm", 19)])
def test_text_is_claimed_in_full(name: str, statements: int) -> None:
    assert sum(statement.provider == name for statement in TEXT_STATEMENTS) == statements
    assert [claim.kind for claim in PROVIDERS[name].claims] == ["text"] * statements


@pytest.mark.parametrize("line", TABLE_LINES, ids=lambda line: f"{line.provider}-{line.section}-{line.field}")
def test_a_table_line_is_one_claim_and_its_asides(line: TableLine) -> None:
    found = claims_at(line)
    own = [(claim.row, claim.status, claim.kind) for claim in found if not claim.aside]
    asides = [(claim.row, claim.status, claim.kind) for claim in found if claim.aside]
    assert own == [(line.row, line.status, "table")]
    assert asides == line.asides


@pytest.mark.parametrize("line", TABLE_LINES, ids=lambda line: f"{line.provider}-{line.section}-{line.field}")
def test_a_quote_is_its_line_and_nothing_else(line: TableLine) -> None:
    cells = " | ".join(cell for cell in (line.field, line.words, line.remark) if cell)
    for claim in claims_at(line):
        quotes = [place.quote for place in places(claim) if (place.section, place.field) == (line.section, line.field)]
        assert quotes == [cells]


@pytest.mark.parametrize("name", WITH_TABLE)
def test_every_claim_of_a_table_has_its_lines(name: str) -> None:
    lines = Counter((line.section, line.field) for line in TABLE_LINES if line.provider == name)
    assert set(lines.values()) == {1}
    for claim in PROVIDERS[name].claims:
        for place in places(claim):
            assert (place.section, place.field) in lines


@pytest.mark.parametrize("statement", TEXT_STATEMENTS, ids=lambda statement: f"{statement.provider}-{statement.row}")
def test_a_text_statement_is_one_supported_claim(statement: TextStatement) -> None:
    found = [claim for claim in PROVIDERS[statement.provider].claims if claim.row == statement.row]
    assert [(claim.status, claim.kind) for claim in found] == [("supported", "text")]
    assert any(statement.words in place.quote for place in places(found[0]))


@pytest.mark.parametrize("name", WITHOUT_TABLE)
def test_every_claim_of_a_text_has_its_statement(name: str) -> None:
    stated = [statement.row for statement in TEXT_STATEMENTS if statement.provider == name]
    assert sorted(claim.row for claim in PROVIDERS[name].claims) == sorted(stated)


def test_a_line_that_stands_in_two_tables_is_one_claim() -> None:
    twice = [claim for claim in PROVIDERS["tencent-lkeap"].claims if claim.also_at and not claim.aside]
    assert [claim.row for claim in twice] == ["tool_choice.disable_parallel_tool_use"]


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_only_a_model_that_is_replaced_is_partial(provider: Provider) -> None:
    partial = [(claim.row, claim.deviation) for claim in provider.claims if claim.status == "partial"]
    mapped = provider.name in {"deepseek", "tencent-lkeap"}
    assert partial == ([("fields.model", "mapped")] if mapped else [])


def test_models_are_the_pages_in_their_order() -> None:
    ids = {name: [model.id for model in provider.models] for name, provider in PROVIDERS.items()}
    assert ids == {
        "deepseek": ["deepseek-chat"],
        "jiekou": ["moonshotai/kimi-k2-instruct"],
        "kingsoft": [
            "deepseek-v3.2",
            "deepseek-v3.2-speciale",
            "deepseek-v3.1",
            "deepseek-v3-0324",
            "deepseek-r1-0528",
            "qwen3-coder-480b-a35b-instruct",
            "qwen3-235b-a22b-instruct-2507",
            "qwen3-235b-a22b-thinking-2507",
            "kimi-k2-thinking-turbo",
            "kimi-k2-thinking",
            "kimi-k2-turbo-enterprise",
            "kimi-k2-turbo-preview",
            "kimi-k2-0905-preview",
            "kimi-k2.5",
            "glm-4.6",
            "glm-4.7",
            "mimo-v2-flash",
        ],
        "megallm": ["claude-3.5-sonnet", "claude-opus-4-1-20250805", "claude-3.7-sonnet", "claude-sonnet-4"],
        "tencent-lkeap": ["glm-5", "minimax-m2.5", "kimi-k2.5"],
    }


@pytest.mark.parametrize(
    ("name", "url", "auth", "api_key_env", "dated", "retrieved"),
    [
        (
            "deepseek",
            "https://api.deepseek.com/anthropic",
            ("x-api-key", "bearer"),
            "DEEPSEEK_API_KEY",
            None,
            None,
        ),
        (
            "jiekou",
            "https://api.jiekou.ai/anthropic",
            ("bearer", "x-api-key"),
            "JIEKOU_API_KEY",
            "2026-02-26",
            "2026-02-26",
        ),
        ("kingsoft", "https://kspmas.ksyun.com", ("x-api-key", "bearer"), "KSC_API_KEY", "2026-04-16", None),
        ("megallm", "https://ai.megallm.io", ("x-api-key",), "MEGALLM_API_KEY", None, None),
        (
            "tencent-lkeap",
            "https://api.lkeap.cloud.tencent.com/api/anthropic",
            ("x-api-key", "bearer"),
            "API_KEY",
            "2026-04-01",
            None,
        ),
    ],
)
def test_addresses_and_dates_are_the_pages(
    name: str, url: str, auth: tuple[str, ...], api_key_env: str, dated: str | None, retrieved: str | None
) -> None:
    provider = PROVIDERS[name]
    assert (provider.base_url, provider.auth, provider.api_key_env) == (url, auth, api_key_env)
    assert provider.messages_path == "/v1/messages"
    assert [(page.dated, page.retrieved) for page in provider.documents] == [(dated, retrieved)]


def test_limits_and_lengths_are_the_pages() -> None:
    limits = {
        name: (limit.requests_per_minute, limit.tokens_per_minute, limit.concurrency)
        for name, provider in PROVIDERS.items()
        if (limit := provider.rate_limit)
    }
    assert limits == {"megallm": (50, 100_000, 10), "tencent-lkeap": (60, 1_000_000, None)}
    lengths = [(model.context_tokens, model.max_output_tokens) for model in PROVIDERS["tencent-lkeap"].models]
    assert lengths == [(200_000, 128_000), (200_000, 192_000), (256_000, 256_000)]
    assert {model.context_tokens for model in PROVIDERS["megallm"].models} == {200_000}


@pytest.mark.parametrize(
    ("name", "sides"),
    [
        ("deepseek", ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"]),
        ("kingsoft", ["支持Anthropic协议的模型", "kimi-k2-turbo-preview"]),
        ("tencent-lkeap", ["/api/anthropic", "tencent.com/anthropic/v1/messages"]),
        ("tencent-lkeap", ["使用 DeepSeek 模型替代", "glm-5"]),
        ("megallm", ["claude-3-opus-20240229", "lacks"]),
        ("jiekou", ["moonshotai/kimi-k2-instruct", "list"]),
    ],
)
def test_a_contradiction_keeps_both_sides_in_one_note(name: str, sides: list[str]) -> None:
    assert any(all(side in note for side in sides) for note in PROVIDERS[name].notes)


def test_the_second_address_is_kept() -> None:
    alternatives = {
        name: provider.alternative_urls for name, provider in PROVIDERS.items() if provider.alternative_urls
    }
    assert alternatives == {"tencent-lkeap": ("https://api.lkeap.cloud.tencent.com/anthropic",)}
