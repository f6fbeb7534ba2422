"""Values that the schema does not allow: of another type, outside a list of words, out of range."""

from __future__ import annotations

import math
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from pv.contract import shape
from pv.contract.document import DataPath, Document, Problem, Span
from pv.contract.patch import Patch

_EXPECTED = {
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "dataclass_type": "a mapping",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "literal_error": "one of the known words",
}
_REMEDIES = {
    "a text or a list of texts": "write one text, or one `- ` line a text, in quotation marks",
    "text": "write one text, in quotation marks",
    "a list": "write one `- ` line an entry; leave the key out where there is none",
    "a mapping": "write `name: value` lines",
    "a number": "write a plain number, without quotation marks and units",
    "a whole number": "write a plain whole number",
    "true or false": "write `true` or `false`",
}
_RANGES = {"greater_than_equal", "less_than_equal"}


def refuse_value(document: Document, path: DataPath, kind: str, patch: Patch) -> Iterator[Problem]:
    """Report the value at ``path``, and note in ``patch`` how to go on without it.

    ``kind`` is pydantic's name of the error. A plain scalar where text belongs is read as it
    was written, so `version: 1.10` stays 1.10.
    """
    source = document.sources.get(path)
    if kind == "string_type" and source is not None:
        patch.texts[path] = source
        if source:
            yield _unquoted(document, path, source)
        return
    patch.dropped.add(path)
    yield _problem(document, path, kind)


def _unquoted(document: Document, path: DataPath, source: str) -> Problem:
    message = f"{source} is a text here, but YAML reads it as {_found(document.value(path))}"
    return _at(document, path, "unquoted-text", message, f'quote it: "{source}"')


def _problem(document: Document, path: DataPath, kind: str) -> Problem:
    value, subject = document.value(path), document.subject(path)
    if isinstance(value, float) and not math.isfinite(value):
        message = f"{subject} must be a finite number"
        return _at(document, path, "not-finite", message, "write a number, or leave the key out")
    if kind in _RANGES:
        message = f"{subject} is out of range: {_found(value)}"
        return _at(document, path, "out-of-range", message, _range_remedy(path))
    if kind == "literal_error" and isinstance(value, str):
        message = f"{subject}: unknown word {value!r}"
        return _at(document, path, "unknown-word", message, _nearest(value, path))
    expected = _expected(path, kind)
    message = f"{subject} must be {expected}, not {_found(value)}"
    remedy = _REMEDIES.get(expected) or _nearest("", path)
    return _at(document, path, "wrong-type", message, remedy)


def _expected(path: DataPath, kind: str) -> str:
    if (
        kind in ("string_type", "tuple_type")
        and shape.could_hold(path, "")
        and (shape.could_hold(path, []))
    ):
        return "a text or a list of texts"
    return _EXPECTED.get(kind, "something else")


def _range_remedy(path: DataPath) -> str:
    return "write a number from 1 to 5" if path[-1] == "demand_score" else "it is never negative"


def _nearest(word: str, path: DataPath) -> str:
    known = shape.choices_at(path)
    near = get_close_matches(word, known, n=1)
    return f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}"


def _found(value: Any) -> str:
    """The value, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        text = repr(value)
        return f"the number {text}" if len(text) <= 30 else "a huge number"
    if isinstance(value, str):
        return f"the text {value!r}" if len(value) <= 40 else "a text"
    return "a list" if isinstance(value, list) else "a mapping"


def _at(document: Document, path: DataPath, rule: str, message: str, suggestion: str) -> Problem:
    span = document.values.get(path, Span(1, 1, 1, 1))
    return Problem(rule, message, span, document.subject(path), suggestion)
