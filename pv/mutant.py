"""Declared mutants and their anchors: where in the target's own source the edit would go.

Works on the AST alone. An anchor is found exactly once or the mutant is void: code that moved or
was written twice must be noticed, not guessed at.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Void(Enum):
    """Why a mutant is no experiment."""

    TARGET = "there is no"
    MISSING = "`replace` does not occur in"
    AMBIGUOUS = "`replace` occurs more than once in"
    UNPARSABLE = "`replace` or `with` is not Python, for an edit of"
    NO_OP = "it changes nothing in"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The one place of the edit: 1-based first and last line in the file."""

    line: int
    end_line: int


Fragment = ast.expr | list[ast.stmt]
Node = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign
Place = tuple[ast.stmt | ast.expr, ast.stmt | ast.expr]


def find_anchor(source: str, attribute: str, replace: str, with_: str) -> Anchor | Void:
    """Place of ``replace`` in the definition of ``attribute`` (dotted, ``Class.method``)."""
    return anchor_in(ast.parse(source), attribute, replace, with_)


def anchor_in(tree: ast.Module, attribute: str, replace: str, with_: str) -> Anchor | Void:
    """``find_anchor`` in a file that is parsed already."""
    target = definition_of(tree, attribute)
    if target is None:
        return Void.TARGET
    fragments = parse_edit(replace, with_)
    if fragments is None:
        return Void.UNPARSABLE
    old, new = fragments
    if _shape(old) == _shape(new):
        return Void.NO_OP
    places = list(occurrences(target, old))
    if len(places) != 1:
        return Void.AMBIGUOUS if places else Void.MISSING
    first, last = places[0]
    return Anchor(first.lineno, last.end_lineno or last.lineno)


def definition_of(tree: ast.Module, attribute: str) -> Node | None:
    """The last definition of a dotted attribute in a module, which is the one that stands."""
    body, found = tree.body, None
    for name in attribute.split("."):
        found = None
        for statement in body:
            if name in _defined_names(statement):
                found = statement
        if found is None:
            return None
        body = found.body if isinstance(found, ast.ClassDef) else []
    assert isinstance(found, Node)
    return found


def parse_edit(replace: str, with_: str) -> tuple[Fragment, Fragment] | None:
    """Both sides of an edit, as two expressions or else as two runs of statements."""
    for parse in (_expression, _statements):
        old, new = parse(replace), parse(with_)
        if old and new:
            return old, new
    return None


def makes_idle(with_: str) -> bool:
    """True where what is put in place computes nothing: then the target no longer does its work.

    That is a constant, an empty container, a name, ``pass``, or a return of one of them.
    """
    expression = _expression(with_)
    if expression is not None:
        return _is_idle(expression)
    match _statements(with_):
        case [ast.Pass()]:
            return True
        case [ast.Return(value=value)]:
            return value is None or _is_idle(value)
    return False


def is_same_edit(one: tuple[str, str, str], other: tuple[str, str, str]) -> bool:
    """True where two edits (target, ``replace``, ``with``) are one, however they are spaced."""
    if one[0] != other[0]:
        return False
    first, second = parse_edit(*one[1:]), parse_edit(*other[1:])
    if first is None or second is None:
        return one == other
    return [_shape(side) for side in first] == [_shape(side) for side in second]


def occurrences(target: ast.AST, fragment: Fragment) -> Iterator[Place]:
    """First and last node of every place in ``target`` that equals ``fragment``."""
    if isinstance(fragment, ast.expr):
        shape = _shape(fragment)
        for node in ast.walk(target):
            if isinstance(node, type(fragment)) and _shape(node) == shape:
                yield node, node
        return
    shapes = [_shape(statement) for statement in fragment]
    for block in _blocks(target):
        for i in range(len(block) - len(shapes) + 1):
            run = block[i : i + len(shapes)]
            if [_shape(statement) for statement in run] == shapes:
                yield run[0], run[-1]


def _defined_names(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Assign):
        return {t.id for t in statement.targets if isinstance(t, ast.Name)}
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return {statement.target.id}
    return set()


def _blocks(target: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(target):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield block


def _is_idle(value: ast.expr) -> bool:
    if isinstance(value, ast.UnaryOp):
        return isinstance(value.operand, ast.Constant)
    if isinstance(value, ast.Tuple | ast.List):
        return not value.elts
    if isinstance(value, ast.Dict):
        return not value.keys
    return isinstance(value, ast.Constant | ast.Name)


def _expression(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _statements(text: str) -> list[ast.stmt] | None:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError):
        return None


def _shape(fragment: ast.AST | list[ast.stmt]) -> str:
    """Text that is equal for equal code, wherever it stands; types of constants included."""
    nodes = fragment if isinstance(fragment, list) else [fragment]
    return "\n".join(ast.dump(node) for node in nodes)
