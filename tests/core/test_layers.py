"""Imports go downwards only: what ARCHITECTURE.md says of the packages is so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT / "conformance"

LAYERS = ("pytest_plugin", "report", "rows", "measure", "wire", "evidence", "probing", "expect", "protocol")
"""The packages of the suite, from the top: each may import what stands below it."""

BESIDE = ("lies", "reference")
"""The embedded endpoint, and above it its defects: nothing of the suite."""

PUBLIC = ("plugin", "test_rows")
"""Modules that pytest or the user names: they may import everything."""

LEAVES = ("option_names",)
"""Modules that import nothing of the suite, and may be imported by all of it."""

MAY_ALSO = {
    ("pytest_plugin", "reference"): "a run without an address starts the embedded endpoint",
    ("reference.__main__", "lies"): "the command that serves it can have it tell a lie",
}

KNOWS_PYTEST = ("pytest_plugin", *PUBLIC)


def modules() -> dict[str, Path]:
    """Every module of the suite, by its name below `conformance`."""
    return {".".join(path.relative_to(SUITE).with_suffix("").parts): path for path in sorted(SUITE.rglob("*.py"))}


def package_of(module: str) -> str:
    return module.partition(".")[0]


def imported_by(path: Path) -> Iterator[str]:
    """What a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def own_imports(path: Path) -> set[str]:
    """The packages of the suite that a module imports."""
    named = {each.split(".")[1] for each in imported_by(path) if each.startswith("conformance.")}
    return named & {*LAYERS, *BESIDE, *PUBLIC, *LEAVES}


def may_import(module: str, package: str) -> bool:
    own = package_of(module)
    if package == own or own in PUBLIC or package in LEAVES:
        return True
    if (own, package) in MAY_ALSO or (module, package) in MAY_ALSO:
        return True
    if own in LAYERS:
        return package in LAYERS[LAYERS.index(own) :]
    return own in BESIDE and package in BESIDE[BESIDE.index(own) :]


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_what_stands_below_it(module: str) -> None:
    upwards = sorted(package for package in own_imports(modules()[module]) if not may_import(module, package))
    assert upwards == [], f"conformance.{module} may not import {upwards}"


def test_every_module_has_its_place() -> None:
    known = {*LAYERS, *BESIDE, *PUBLIC, *LEAVES, "__init__"}
    assert {package_of(module) for module in modules()} == known


def test_each_exception_is_used() -> None:
    used = {
        key
        for key in MAY_ALSO
        for module, path in modules().items()
        if key[0] in (module, package_of(module)) and key[1] in own_imports(path)
    }
    assert used == set(MAY_ALSO)


def test_the_plugin_alone_knows_pytest() -> None:
    others = [name for name in modules() if package_of(name) not in KNOWS_PYTEST]
    guilty = [
        name
        for name in others
        if {each.partition(".")[0] for each in imported_by(modules()[name])} & {"pytest", "_pytest"}
    ]
    assert guilty == []


def test_an_import_upwards_is_found() -> None:
    assert may_import("rows.content", "probing")
    assert not may_import("probing.verdict", "rows")
    assert not may_import("reference.app", "protocol")
    assert not may_import("protocol.answer", "probing")
    assert may_import("reference.__main__", "lies")
    assert not may_import("reference.app", "lies")


def test_the_architecture_page_shows_the_packages_in_this_order() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    picture = page.partition("```")[2].partition("```")[0]
    assert tuple(re.findall(r"^([a-z_]+)/", picture, flags=re.MULTILINE)) == (*LAYERS, *BESIDE)


def test_no_module_is_longer_than_400_lines() -> None:
    files = [*SUITE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > 400} == {}
