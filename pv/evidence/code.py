"""Code: digests of Python source that formatting, comments and docstrings do not change."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from pv.cache import Cache, digest


class _Piece(NamedTuple):
    """A statement of a file, and of a class what stands in it."""

    function: str
    """Name of the function that it defines, if it defines one."""
    digest: str
    inner: tuple[_Piece, ...] = ()


def code_digest(source: bytes, cache: Cache) -> str:
    """Digest of the code of a file."""
    return cache.get(("code", digest(source)), lambda: _digest(source))


def cited_digest(
    source: bytes, kept: frozenset[str], is_test: Callable[[str], bool], cache: Cache
) -> str:
    """Digest of a test file without the tests that are not in ``kept``.

    Fixtures, helpers and constants stay: a test may depend on them without naming them.
    """
    pieces = cache.get(("pieces", digest(source)), lambda: _pieces(source))
    chosen = _chosen(pieces, lambda name: name in kept or not is_test(name))
    return digest("\n".join(chosen).encode())


# The tool's own files are part of every key: whoever looks at two projects parses them once.
@lru_cache(maxsize=1024)
def _digest(source: bytes) -> str:
    tree = _parsed(source)
    return digest(source) if tree is None else _of(tree)


def _pieces(source: bytes) -> tuple[_Piece, ...]:
    """The statements of a file: parsed once, however many tests stand in it."""
    tree = _parsed(source)
    return (_Piece("", digest(source)),) if tree is None else tuple(map(_piece, tree.body))


def _piece(statement: ast.stmt) -> _Piece:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return _Piece(statement.name, _of(statement))
        case ast.ClassDef():
            inner = tuple(map(_piece, statement.body))
            statement.body = []
            return _Piece("", _of(statement), inner)
    return _Piece("", _of(statement))


def _chosen(pieces: Iterable[_Piece], is_kept: Callable[[str], bool]) -> Iterator[str]:
    for piece in pieces:
        if not piece.function or is_kept(piece.function):
            yield piece.digest
            if piece.inner:
                yield "("
                yield from _chosen(piece.inner, is_kept)
                yield ")"


def _parsed(source: bytes) -> ast.Module | None:
    """The code of a file without its docstrings; None for what does not parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    _drop_docstrings(tree)
    return tree


def _of(tree: ast.AST) -> str:
    return digest(_text(tree).encode("utf-8", "surrogatepass"))


def _text(value: object) -> str:
    """Text of a tree that is the same on all supported Pythons.

    ``ast.unparse`` quotes f-strings in another way since 3.12, and ``ast.dump`` leaves out what is
    empty since 3.13. Python 3.12 itself ends some format specifications with an empty string.
    """
    if isinstance(value, ast.JoinedStr):
        parts = [p for p in value.values if not (isinstance(p, ast.Constant) and p.value == "")]
        return f"JoinedStr({_text(parts)})"
    if isinstance(value, ast.AST):
        fields = [(n, field) for n, field in ast.iter_fields(value) if field not in (None, [])]
        return f"{type(value).__name__}({','.join(f'{n}={_text(field)}' for n, field in fields)})"
    if isinstance(value, list):
        return f"[{','.join(map(_text, value))}]"
    return f"{type(value).__name__}:{value!r}"


def _drop_docstrings(tree: ast.Module) -> None:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, kinds) and node.body and ast.get_docstring(node, clean=False):
            node.body = node.body[1:] or [ast.Pass()]
