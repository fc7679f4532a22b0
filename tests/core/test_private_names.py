"""No private name of another library is used: an upgrade may take it away without a word."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OWN = ("conformance", "tests")

ALLOWED = {
    ("tests/core/pytest_plugin/test_redaction.py", "_pytest._io.TerminalWriter"): (
        "pytest gives its writer to a process with a terminal, which an xdist worker has not"
    ),
}
"""What is used all the same, by file and name, and why."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def members(tree: ast.Module) -> set[str]:
    """What the classes of a module define: methods, fields, and what is set on `self` or `cls`. A function of the
    module does not count: `cassette._save()` is not the `_save()` that stands beside it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                    found.add(each.name)
                elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
                    found.add(each.target.id)
                elif isinstance(each, ast.Assign):
                    found |= {target.id for target in each.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_own_object(node.value):
            found.add(node.attr)
    return found


def _is_own_object(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def own_modules(tree: ast.Module) -> set[str]:
    """The names under which a module knows modules, classes and functions of this repository."""
    return {
        each.asname or each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OWN
        for each in node.names
    }


def private_names(source: str) -> Iterator[str]:
    """The private names of others that a module uses: as an attribute, in an import, or in words (`getattr`, `setattr`
    and pytest's `monkeypatch.setattr`). What `super()` gives counts as the library's, what `self` holds as ours."""
    tree = ast.parse(source)
    ours, named = members(tree), own_modules(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            own = _is_own_object(node.value) or node.attr in ours
            if not own and not (isinstance(node.value, ast.Name) and node.value.id in named):
                yield ast.unparse(node)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names if any(map(is_private, each.name.split("."))))
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] not in OWN:
            names = [f"{node.module}.{each.name}" for each in node.names]
            yield from (name for name in names if any(map(is_private, name.split("."))))
        elif isinstance(node, ast.Call) and _called(node.func) in ("getattr", "setattr", "hasattr", "delattr"):
            words = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
            last = [str(each).rpartition(".")[2] for each in words]
            of_own = isinstance(node.args[0], ast.Name) and node.args[0].id in named
            yield from (name for name in last if is_private(name) and name not in ours and not of_own)


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def used() -> set[tuple[str, str]]:
    paths = [ROOT / "conftest.py", *(path for package in OWN for path in sorted((ROOT / package).rglob("*.py")))]
    return {
        (path.relative_to(ROOT).as_posix(), name)
        for path in paths
        for name in private_names(path.read_text(encoding="utf-8"))
    }


def test_no_private_name_of_another_library_is_used() -> None:
    assert used() == ALLOWED.keys()  # nor an exception that nothing needs any more


@pytest.mark.parametrize(
    "source",
    [
        "cassette._save()",
        "def _save(): ...\ncassette._save()",
        "print(reporter._session)",
        "self.reporter._session",
        "Bucket._algorithm = 1",
        "from _pytest.config import Config",
        "from vcr.serialize import _private",
        "import _pytest",
        "getattr(reporter, '_session')",
        "monkeypatch.setattr(reporter, '_session', 1)",
        "monkeypatch.setattr('vcr.cassette._thing', 1)",
    ],
)
def test_a_private_name_is_found(source: str) -> None:
    assert len(list(private_names(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations",
        "self._session",
        "class Journal:\n    def _write(self): ...\n    @classmethod\n    def begin(cls): return cls()._write()",
        "class Reading:\n    def __init__(self): self._block = 1\ndef reset(reading): reading._block = 0",
        "from conformance.wire import client\nclient._read_body()",
        "from conformance.wire import client\nmonkeypatch.setattr(client, '_read_body', 1)",
        "print(module.__file__)",
    ],
)
def test_a_name_of_our_own_is_none(source: str) -> None:
    assert list(private_names(source)) == []
