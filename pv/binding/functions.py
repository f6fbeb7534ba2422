"""Read the facts of one function definition."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from pv.binding.asserts import assertions_in
from pv.binding.module import Function, Literal
from pv.binding.names import dotted, mark, marks_in, span_of
from pv.cache import digest

Definition = ast.FunctionDef | ast.AsyncFunctionDef


def read_function(
    node: Definition,
    path: str,
    class_name: str | None,
    container: str,
    aliases: Mapping[str, str],
) -> Function:
    """Facts about one definition. Functions inside it count as part of it."""
    arguments = node.args
    return Function(
        path=path,
        name=node.name,
        class_name=class_name,
        container=container,
        span=span_of(node),
        parameters=tuple(
            a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        ),
        decorators=tuple(mark(d, aliases) for d in node.decorator_list),
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_generator=any(isinstance(n, ast.Yield | ast.YieldFrom) for n in _own_scope(node)),
        is_empty=all(_does_nothing(statement) for statement in node.body),
        body_digest=code_digest(node),
        assertions=tuple(assertions_in(node, aliases)),
        calls=tuple(marks_in(node, aliases)),
        names=frozenset(filter(None, (dotted(n, aliases) for n in _names(node)))),
        keys=frozenset(_keys(node, aliases)),
        literals=tuple(literals_in(node)),
    )


def code_digest(node: Definition) -> str:
    """Digest of what the definition does: its name, docstrings and comments do not count."""
    text = ast.unparse(_without_docstrings(node))
    return digest(text.replace(f"def {node.name}(", "def _(", 1).encode())


def literals_in(node: ast.AST) -> Iterator[Literal]:
    """Every number written in ``node``, with its sign."""
    negative = {
        id(n.operand)
        for n in ast.walk(node)
        if isinstance(n, ast.UnaryOp) and isinstance(n.op, ast.USub)
    }
    for n in ast.walk(node):
        if (
            isinstance(n, ast.Constant)
            and isinstance(n.value, int | float)
            and not isinstance(n.value, bool)
        ):
            yield Literal(span_of(n), -n.value if id(n) in negative else n.value)


def _without_docstrings(node: Definition) -> Definition:
    # Parsing the text again gives a copy that may be edited.
    copy = ast.parse(ast.unparse(node)).body[0]
    assert isinstance(copy, ast.FunctionDef | ast.AsyncFunctionDef)
    for inner in ast.walk(copy):
        if (
            isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and ast.get_docstring(inner, clean=False) is not None
        ):
            inner.body = inner.body[1:] or [ast.Pass()]
    return copy


def _own_scope(node: Definition) -> Iterator[ast.AST]:
    """Nodes of the function, without those of functions inside it."""
    todo: list[ast.AST] = list(node.body)
    while todo:
        inner = todo.pop()
        yield inner
        if not isinstance(
            inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
        ):
            todo += ast.iter_child_nodes(inner)


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass):
        return True
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Raise) and statement.exc is not None:
        return dotted(statement.exc, {}) == "NotImplementedError"
    return isinstance(statement, ast.Return) and (
        statement.value is None or isinstance(statement.value, ast.Constant)
    )


def _names(node: Definition) -> Iterator[ast.expr]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name | ast.Attribute) and isinstance(inner.ctx, ast.Load):
            yield inner


def _keys(node: Definition, aliases: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """String subscripts and ``.get`` calls; ``p = falsifier.params`` makes ``p`` that name."""
    local = dict(aliases)
    for n in ast.walk(node):
        if isinstance(n, ast.Assign) and isinstance(n.value, ast.Name | ast.Attribute):
            for target in n.targets:
                if isinstance(target, ast.Name):
                    local[target.id] = dotted(n.value, local)
    for n in ast.walk(node):
        if isinstance(n, ast.Subscript):
            base, key = n.value, n.slice
        elif isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.args:
            base, key = n.func.value, n.args[0]
            if n.func.attr != "get":
                continue
        else:
            continue
        name = dotted(base, local)
        if name and isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield name, key.value
