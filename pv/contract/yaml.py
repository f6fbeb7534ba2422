"""Strict YAML: bytes -> Document. Whatever the bytes are, the result is data or a problem."""

from __future__ import annotations

import codecs
import re

import yaml

from pv.contract.compose import Composer, Unreadable, place_after
from pv.contract.document import Document, Problem, Span
from pv.exit_code import UsageError

# YAML's printable characters; the byte order mark is one of them only in front.
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)

# Part of libyaml's message -> what usually helps.
_REMEDIES = {
    "mapping values are not allowed": "quote a text that contains `: `, or correct the indentation",
    "cannot start any token": "quote a text that begins with a special character, and indent with "
    "spaces",
    "character '\\t'": "indent with spaces",
    "alphabetic or numeric character": "quote a text that begins with `*` or `&`",
    "could not find expected ':'": "end the key with `: `, or quote the text before it",
    "',' or ']'": "close the list with `]`, or quote the text that begins with `[`",
    "',' or '}'": "close the mapping with `}`, or quote the text that begins with `{`",
    "quoted scalar": "close the quotation mark; in double quotes write a backslash twice",
    "block scalar": "quote a text that begins with `|` or `>`, or indent the block with spaces",
    "tag": "quote a text that begins with `!`",
    "directive": "quote a text that begins with `%`",
}


def load(data: bytes, path: str) -> Document:
    """Read ``data`` as the one YAML document of the file at ``path`` (project-relative)."""
    text = ""
    composer = None
    try:
        text = _decoded(data)
        composer = Composer(text)
        _compose(composer, text)
        _check_top(composer)
    except Unreadable as refused:
        earlier = tuple(composer.problems) if composer else ()
        return Document(path, text, None, problems=(*earlier, refused.problem))
    return Document(
        path,
        text,
        composer.data,
        composer.values,
        composer.keys,
        composer.sources,
        tuple(composer.problems),
        frozenset(composer.dropped),
    )


def _decoded(data: bytes) -> str:
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        span = place_after(data[: error.start].decode("utf-8"))
        remedy = "save the file as UTF-8"
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise Unreadable(Problem("not-utf8", message, span, suggestion=remedy)) from error
    found = _UNPRINTABLE.search(text)
    if found:
        span = place_after(text[: found.start()])
        message = f"unprintable character U+{ord(found.group()):04X}"
        remedy = "delete it; in double quotes it can be written as an escape"
        raise Unreadable(Problem("unprintable-character", message, span, suggestion=remedy))
    return text


def _compose(composer: Composer, text: str) -> None:
    if not yaml.__with_libyaml__:
        raise UsageError(
            "PyYAML was built without libyaml, and its own parser is ten times slower; "
            "install a PyYAML wheel (pip install --force-reinstall --only-binary :all: pyyaml)"
        )
    try:
        composer.compose(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_syntax_problem(error, text)) from error


def _syntax_problem(error: yaml.MarkedYAMLError, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    span = place_after(text)  # libyaml counts a line too many at the end of a file
    if mark is not None and mark.index < len(text):
        span = Span(mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 1)
    message = " ".join(filter(None, (error.problem, error.context)))
    remedies = (remedy for part, remedy in _REMEDIES.items() if part in message)
    return Problem(
        "yaml-syntax",
        f"not valid YAML: {message}",
        span,
        suggestion=next(remedies, "correct the indentation, or quote the text"),
    )


def _check_top(composer: Composer) -> None:
    if isinstance(composer.data, dict) or () in composer.dropped:
        return
    span = composer.values.get((), Span(1, 1, 1, 1))
    remedy = "begin with `metadata:`"
    if composer.data is None:
        raise Unreadable(Problem("empty-file", "the file holds no data", span, suggestion=remedy))
    kind = "a list" if isinstance(composer.data, list) else "a single value"
    message = f"a contract is a mapping; this file holds {kind}"
    raise Unreadable(Problem("top-level-not-mapping", message, span, suggestion=remedy))
