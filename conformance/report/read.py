"""Reads a matrix.json that some run left, an earlier version's too."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from conformance.probing.row import ID_PATTERN
from conformance.protocol.exchange import one_line
from conformance.report.matrix import schema
from conformance.report.matrix_record import Matrix

ADDED_LATER = frozenset({"profiles", "planned", "witness", "dialect"})
"""Fields of the schema that files of earlier versions lack: history must stay readable."""


class MatrixError(ValueError):
    """A file that is no matrix.json; the text names the file, what is wrong and what to give."""


def read_matrix(path: Path) -> Matrix:
    """The matrix of a file, an earlier version's too. Raises MatrixError."""
    return _read(path, _validator(), "give one that a run wrote")


def read_whole(path: Path) -> Matrix:
    """The matrix of a file of this version, of which every field is there. Raises MatrixError."""
    return _read(path, _strict(), "measure it again, or remove the file")


def _read(path: Path, validator: Draft202012Validator, advice: str) -> Matrix:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MatrixError(f"{path}: cannot be read ({error.strerror}); {advice}") from error
    except (ValueError, RecursionError) as error:
        raise MatrixError(f"{path}: is no JSON ({one_line(str(error), 240)}); {advice}") from error
    fault = best_match(validator.iter_errors(loaded))
    if fault is not None:
        what = one_line(f"at {fault.json_path}: {fault.message}", 240)
        raise MatrixError(f"{path}: is no matrix.json ({what}); {advice}")
    ids = [row["id"] for row in loaded["rows"]]
    for row_id in ids:
        # JSON Schema's `$` lets a line feed follow, and the id becomes a path.
        if not ID_PATTERN.fullmatch(row_id) or ids.count(row_id) > 1:
            raise MatrixError(f"{path}: the row id {row_id!r} is malformed or there twice; {advice}")
    return Matrix.from_json(loaded)


@cache
def _strict() -> Draft202012Validator:
    return Draft202012Validator(schema())


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(_lenient(deepcopy(schema())))


def _lenient(part: Any) -> Any:
    """The schema without what only this version's own files must have: fields added later, and no others."""
    if isinstance(part, list):
        return [_lenient(each) for each in part]
    if not isinstance(part, dict):
        return part
    kept = {name: _lenient(value) for name, value in part.items() if name != "additionalProperties"}
    if isinstance(kept.get("required"), list):
        kept["required"] = [name for name in kept["required"] if name not in ADDED_LATER]
    return kept
