"""Code: digests of Python source that formatting, comments and docstrings do not change."""

from __future__ import annotations

import ast
from collections.abc import Callable

from pv.cache import Cache, digest


def code_digest(source: bytes, cache: Cache) -> str:
    """Digest of the code of a file."""
    return cache.get(("code", digest(source)), lambda: _digest(source, lambda _name: True))


def cited_digest(
    source: bytes, kept: frozenset[str], is_test: Callable[[str], bool], cache: Cache
) -> str:
    """Digest of a test file without the tests that are not in ``kept``.

    Fixtures, helpers and constants stay: a test may depend on them without naming them.
    """
    key = ("test", digest(source), *sorted(kept))
    return cache.get(key, lambda: _digest(source, lambda name: name in kept or not is_test(name)))


def _digest(source: bytes, is_kept: Callable[[str], bool]) -> str:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return digest(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            node.body = [
                statement
                for statement in node.body
                if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
                or is_kept(statement.name)
            ]
    _drop_docstrings(tree)
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
