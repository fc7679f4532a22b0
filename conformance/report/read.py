"""Reads a matrix.json that some run left, an earlier version's too."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from conformance.exchange import one_line
from conformance.report.matrix import schema

ADDED_LATER = frozenset({"profiles", "planned", "witness", "dialect"})
"""Fields of the schema that files of earlier versions lack: history must stay readable."""


class MatrixError(ValueError):
    """A file that is no matrix.json; the text names the file, what is wrong and what to give."""


def read_matrix(path: Path) -> dict[str, Any]:
    """The matrix of a file, checked. Raises MatrixError."""
    try:
        matrix = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MatrixError(f"{path}: cannot be read ({error.strerror}); give a matrix.json") from error
    except (ValueError, RecursionError) as error:
        raise MatrixError(f"{path}: is no JSON ({one_line(str(error))}); give a matrix.json") from error
    fault = best_match(_validator().iter_errors(matrix))
    if fault is not None:
        place = "/".join(str(step) for step in fault.absolute_path) or "the whole"
        what = one_line(f"at {place}: {fault.message}", 240)
        raise MatrixError(f"{path}: is no matrix.json ({what}); give one that a run wrote")
    if "profiles" not in matrix:
        matrix["profiles"] = []
    matrix["endpoint"].setdefault("dialect", "")
    return dict(matrix)


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
