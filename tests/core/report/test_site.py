"""The site as files: the same bytes for the same matrices, every link whole, every fault told in one line."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from conformance.evidence.paths import safe_name
from conformance.expect.claims.load import Claim, Document, Provider
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import Row
from conformance.protocol.status import Agreement, Deviation, Reason, Status
from conformance.report.read import MatrixError, read_whole
from conformance.report.repository import REPOSITORY
from conformance.report.site import words
from conformance.report.site.build import LISTING, main
from conformance.report.site.columns import SiteError, columns
from conformance.report.site.pages import Site, environment, pages, site_of
from conformance.rows import BY_ID
from tests import site_material

VENDOR = Provider(
    name="declared.example",
    title="Declared",
    base_url="https://declared.example",
    auth=("x-api-key",),
    api_key_env="DECLARED_KEY",
    documents=(Document(id="d", title="Guide", url="https://declared.example/guide", dated="2026-11-01"),),
    claims=(Claim(row="fields.top_k", status="ignored", quote="top_k | Ignored", document="d", section="Fields"),),
)
ROWS: list[Row] = [BY_ID[row] for row in ("headers.x_api_key", "fields.top_k", "fields.stop_sequences", "stream.order")]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hostile endpoint, a well-behaved one of few rows, and the committed matrix."""
    folder = tmp_path_factory.mktemp("material")
    site_material.hostile(folder)
    site_material.partly(folder, rows=ROWS)
    site_material.committed(folder)
    return folder


@pytest.fixture(scope="module")
def site(material: Path) -> Site:
    vendors = [VENDOR, site_material.HOSTILE_VENDOR]
    return site_of(
        columns(material / "reports", material / "cassettes", vendors), "https://example.com/r/", "cassettes"
    )


@pytest.fixture(scope="module")
def made(site: Site) -> dict[str, str]:
    return dict(pages(site))


class Tags(HTMLParser):
    """What a page consists of: ids, links, and the balance of its elements."""

    VOID = frozenset({"meta", "link", "br", "input", "wbr", "img", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(text)
        self.faults += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given[name] or "" for name in ("href", "src") if name in given]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")


def html_of(made: dict[str, str]) -> dict[str, Tags]:
    return {path: Tags(text) for path, text in made.items() if path.endswith(".html")}


def test_every_page_is_whole_and_no_id_stands_twice(made: dict[str, str]) -> None:
    for path, tags in html_of(made).items():
        assert tags.faults == [], path
        assert len(set(tags.ids)) == len(tags.ids), path


def test_every_link_within_the_site_leads_to_a_file_and_an_anchor_that_are_there(made: dict[str, str]) -> None:
    parsed = html_of(made)
    followed = 0
    for path, tags in parsed.items():
        for link in tags.links:
            parts = urlsplit(link)
            if parts.scheme in ("https", "data"):
                continue
            assert not parts.scheme, f"{path}: {link}"
            steps = [*Path(path).parent.parts, *Path(unquote(parts.path)).parts] if parts.path else [*Path(path).parts]
            target = str(Path(*_walked(steps)))
            assert target in {*made, "changes.atom", "changes/index.html"}, f"{path}: {link}"
            if parts.fragment:
                assert parts.fragment in parsed[target].ids, f"{path}: {link}"
            followed += 1
    assert followed > 1000


def _walked(steps: list[str]) -> list[str]:
    walked: list[str] = []
    for step in steps:
        if step == "..":
            walked.pop()
        elif step != ".":
            walked.append(step)
    return walked


def test_the_same_matrices_give_the_same_bytes_whatever_the_order_of_their_keys(
    material: Path, made: dict[str, str], tmp_path: Path
) -> None:
    shutil.copytree(material / "reports", tmp_path / "reports")
    for path in (tmp_path / "reports").rglob("matrix.json"):
        matrix = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps(dict(reversed(matrix.items()))), encoding="utf-8")
    vendors = [site_material.HOSTILE_VENDOR, VENDOR]
    found = columns(tmp_path / "reports", material / "cassettes", vendors)
    again = dict(pages(site_of(found, "https://example.com/r", "cassettes")))
    assert list(again) == list(made)
    assert [path for path in made if path.endswith(".html") and again[path] != made[path]] == []


def test_building_again_writes_nothing_and_what_is_no_longer_made_is_removed(material: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    shutil.copytree(material / "reports", reports)
    assert main([str(reports), f"--cassettes={material / 'cassettes'}"]) == 0
    out = reports / "site"
    (out / "CNAME").write_text("kept")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file() and path.name != LISTING}
    shutil.rmtree(reports / "gateway.example")
    assert main([str(reports), f"--cassettes={material / 'cassettes'}"]) == 0
    assert not (out / "gateway.example" / "org_large-1" / "index.html").exists()
    assert (out / "CNAME").read_text() == "kept"
    kept = [path for path in before if "llama.cpp" in path.parts]
    assert len(kept) > len(BY_ID)
    assert [path for path in kept if path.stat().st_mtime_ns != before[path]] == []


def test_a_listing_that_names_a_file_elsewhere_removes_nothing(
    material: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "elsewhere").write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / LISTING).write_text("../elsewhere\n")
    assert main([str(material / "reports"), f"--out={out}"]) == 2
    assert (tmp_path / "elsewhere").read_text() == "mine"
    assert "../elsewhere" in capsys.readouterr().err


def test_columns_are_sorted_by_name_and_only_a_vendor_that_was_not_measured_is_declared(site: Site) -> None:
    assert [column.title for column in site.columns] == sorted((c.title for c in site.columns), key=str.casefold)
    assert [column.provider for column in site.columns if column.matrix is None] == [VENDOR.name]


def test_a_declared_column_has_the_vendors_words_and_no_finding(made: dict[str, str]) -> None:
    page = made["declared.example/index.html"]
    assert "top_k | Ignored" in page
    assert 'href="https://declared.example/guide"' in page
    assert "dated 2026-11-01" in page
    assert "Declared only." in page
    assert not any(f's-{status.value}"' in page for status in Status)
    assert not any(path.startswith("declared.example/") and path != "declared.example/index.html" for path in made)


def test_the_overview_says_when_and_how_every_column_was_measured(site: Site, made: dict[str, str]) -> None:
    for column in site.measured:
        assert column.matrix
        for fact in (str(column.matrix.run.started)[:10], f"seed {column.matrix.run.seed}"):
            assert fact in made["index.html"]
    assert "%" not in re.sub(r'"[^"]*"', "", Tags(made["index.html"]).rawdata)


def test_a_finding_shows_what_was_sent_and_what_came_back_and_how_to_repeat_it(made: dict[str, str]) -> None:
    page = made["gateway.example/org_large-1/fields.stop_sequences.html"]
    assert "stop_sequences&#34;: [" in page
    assert "stop_reason&#34;: &#34;end_turn" in page
    assert "curl -sS https://gateway.example/anthropic/v1/messages" in page
    assert "$CONFORMANCE_API_KEY" in page
    assert "pytest &#39;conformance/test_rows.py::test_simple_fields[fields.stop_sequences]&#39;" in page
    assert BY_ID["fields.stop_sequences"].source in page


def test_a_finding_can_be_disputed_with_its_facts_filled_in(made: dict[str, str]) -> None:
    page = made["hostile.example/model/fields.model.html"]
    (link, *_) = [each for each in Tags(page).links if "/issues/new?" in each]
    assert len(link) < 8000
    filled = parse_qs(urlsplit(link).query)
    (body,) = filled["body"]
    facts, _, ask = body.partition("\n\n")
    assert "    row: fields.model" in facts
    assert "    evidence: cassettes/hostile.example/model/fields.model.yaml" in facts
    # Indented by four, every line is a block of code: nothing in it is markup or a mention.
    assert all(line.startswith("    ") for line in facts.splitlines())
    assert ask.startswith("What is wrong")
    assert link.startswith("https://example.com/r/issues/new?")


def test_nothing_of_a_hostile_endpoint_becomes_an_element(made: dict[str, str]) -> None:
    allowed = {"scheme.js", "filter.js"}
    for path, text in made.items():
        if not path.endswith(".html"):
            continue
        scripts = re.findall(r"<script[^>]*>", text)
        assert {Path(each.partition('src="')[2].partition('"')[0]).name for each in scripts} == allowed, path
        assert "<img" not in text, path
        assert "<style" not in text, path
        assert not re.search(r'href="\s*javascript', text, re.IGNORECASE), path


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda matrix: matrix.pop("rows"), r"at \$: 'rows' is a required"),
        (lambda matrix: matrix["rows"][0].update(status="great"), r"at \$\.rows\[0\]\.status: "),
        (lambda matrix: matrix["rows"].append(matrix["rows"][0]), "is malformed or there twice"),
        (lambda matrix: matrix["rows"][0].update(id="headers.x\n"), "is malformed or there twice"),
        (lambda matrix: matrix["rows"][0].update(id="../../x"), r"at \$\.rows\[0\]\.id: "),
    ],
    ids=["no rows", "a status that is none", "a row twice", "a line feed in an id", "a path for an id"],
)
def test_a_matrix_at_fault_is_named_with_its_fault(material: Path, tmp_path: Path, spoil: Any, told: str) -> None:
    (good,) = (material / "reports" / "gateway.example").rglob("matrix.json")
    matrix = json.loads(good.read_text("utf-8"))
    assert read_whole(good).as_json() == matrix
    spoil(matrix)
    path = site_material.write(tmp_path, matrix)
    with pytest.raises(MatrixError, match=told) as caught:
        read_whole(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, "\ud800", "null"], ids=["empty", "cut", "deep", "not UTF-8", "null"]
)
def test_a_file_that_is_no_matrix_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "matrix.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(MatrixError) as caught:
        read_whole(path)
    assert str(caught.value).count("\n") == 0
    assert len(str(caught.value)) < len(str(path)) + 600


@pytest.mark.parametrize(("above", "model"), [("rows", "m"), ("assets", "m"), ("a", "index.html"), ("a b", "m")])
def test_a_name_that_the_site_needs_itself_is_refused(material: Path, tmp_path: Path, above: str, model: str) -> None:
    (good,) = (material / "reports" / "gateway.example").rglob("matrix.json")
    (tmp_path / above / model).mkdir(parents=True)
    shutil.copy(good, tmp_path / above / model)
    with pytest.raises(SiteError, match="rename"):
        columns(tmp_path, tmp_path, [])


def test_a_matrix_in_the_folder_of_another_vendor_is_refused(material: Path, tmp_path: Path) -> None:
    shutil.copytree(material / "reports" / "gateway.example", tmp_path / "kingsoft")
    with pytest.raises(SiteError, match=r"of 'gateway\.example', .*move it there"):
        columns(tmp_path, tmp_path, [])


def test_a_model_that_is_named_by_a_long_path_has_a_column_and_an_older_folder_of_it_is_told_its_name(
    material: Path, tmp_path: Path
) -> None:
    (good,) = (material / "reports" / "gateway.example").rglob("matrix.json")
    matrix = json.loads(good.read_text("utf-8"))
    matrix["endpoint"]["model"] = "/models/" + "deep/" * 30 + "model.gguf"
    due = safe_name(matrix["endpoint"]["model"])
    older = tmp_path / "gateway.example" / f"{due}123456789"
    older.mkdir(parents=True)
    (older / "matrix.json").write_text(json.dumps(matrix), encoding="utf-8")
    with pytest.raises(SiteError, match=f"rename it '{due}'"):
        columns(tmp_path, tmp_path, [])
    older.rename(older.with_name(due))
    assert [each.model for each in columns(tmp_path, tmp_path, [])] == [matrix["endpoint"]["model"]]


def test_a_file_that_cannot_be_read_costs_no_other_its_pages(
    material: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports = tmp_path / "reports"
    shutil.copytree(material / "reports" / "gateway.example", reports / "gateway.example")
    (folder,) = (reports / "gateway.example").iterdir()
    bad, kept = reports / "a" / "b" / "matrix.json", folder / "runs" / "20200101T000000Z.json"
    for path in (bad, kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{", encoding="utf-8")
    assert main([str(reports)]) == 1
    told = capsys.readouterr()
    assert [line.partition(" is no JSON")[0] for line in told.err.splitlines()] == [
        f"left out: {bad}:",
        f"left out: {kept}:",
    ]
    assert "1 measured of" in told.out
    shutil.rmtree(reports / "gateway.example")
    assert main([str(reports)]) == 2
    assert capsys.readouterr().err.startswith(f"no site was built: {bad}: is no JSON")


def test_a_repository_that_is_no_address_of_the_web_is_refused(
    material: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(material / "reports"), f"--out={tmp_path / 'out'}", "--repository=javascript:alert(1)"]) == 2
    assert "--repository javascript:alert(1)" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_no_site_is_built_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "run pytest" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_row_that_this_version_does_not_know_is_shown_all_the_same(material: Path, tmp_path: Path) -> None:
    (good,) = (material / "reports" / "gateway.example").rglob("matrix.json")
    matrix = json.loads(good.read_text("utf-8"))
    matrix["rows"][0]["id"] = "headers.of_another_time"
    site_material.write(tmp_path / "gateway.example" / "m", matrix)
    made = dict(pages(site_of(columns(tmp_path, tmp_path, []), REPOSITORY, "cassettes")))
    assert 'id="headers.of_another_time"' in made["index.html"]
    assert "does not have this row" in made["gateway.example/m/headers.of_another_time.html"]


def test_a_name_that_a_template_does_not_know_is_an_error() -> None:
    with pytest.raises(Exception, match="is undefined"):
        environment().from_string("{{ nobody }}").render()


def test_every_word_of_a_matrix_has_its_meaning() -> None:
    assert set(words.STATUSES) == set(Status)
    assert set(words.AGREEMENTS) == set(Agreement)
    assert set(words.WITNESSES) == set(EvidenceKind)
    for code in (*Reason, *Deviation):
        assert words.code_meaning(code.value)
    assert words.code_meaning(None) == words.code_meaning("of another time") == ""
