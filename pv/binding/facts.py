"""Read the facts of one Python file from its AST. The file is never imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pv.binding.functions import literals_in, read_function
from pv.binding.module import ClassDef, Function, Literal, Mark, Module
from pv.binding.names import dotted, imports_of, mark, marks_in, span_of
from pv.cache import digest
from pv.contract.document import Span

_MODULE_LEVEL_SKIPS = frozenset({"pytest.skip", "pytest.xfail", "pytest.importorskip"})


def read_module(path: str, source: bytes) -> Module:
    """Facts about the file ``path`` with content ``source``; a syntax error is one of them."""
    content_digest = digest(source)
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        line, column = error.lineno or 1, error.offset or 1
        span = Span(line, column, error.end_lineno or line, error.end_offset or column)
        return Module(path=path, digest=content_digest, error=error.msg, error_span=span)
    except (ValueError, RecursionError, MemoryError) as error:  # NUL bytes, absurd nesting
        return Module(path=path, digest=content_digest, error=str(error) or type(error).__name__)
    if not source.isascii():
        _count_code_points(tree, source)
    return _Reader(path, content_digest, tree).read()


def _count_code_points(tree: ast.Module, source: bytes) -> None:
    """Make columns count code points; the parser counts UTF-8 bytes."""
    lines = source.splitlines()
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.expr):
            node.col_offset = _characters(lines[node.lineno - 1], node.col_offset)
            if node.end_lineno is not None and node.end_col_offset is not None:
                node.end_col_offset = _characters(lines[node.end_lineno - 1], node.end_col_offset)


def _characters(line: bytes, size: int) -> int:
    return len(line[:size].decode("utf-8", "replace"))


class _Reader:
    def __init__(self, path: str, content_digest: str, tree: ast.Module) -> None:
        self.path = path
        self.digest = content_digest
        self.tree = tree
        self.imports = tuple(imports_of(tree, path))
        self.aliases = {
            i.name: ".".join(filter(None, (i.module, i.attribute))) for i in self.imports
        }
        self.functions: list[Function] = []
        self.classes: list[ClassDef] = []
        self.kinds: dict[str, str] = {}
        self.lines: dict[str, int] = {}

    def read(self) -> Module:
        self._block(self.tree.body, "module")
        return Module(
            path=self.path,
            digest=self.digest,
            functions=tuple(self.functions),
            classes=tuple(self.classes),
            imports=self.imports,
            final_names=self.kinds,
            final_lines=self.lines,
            constants=dict(self._constants()),
            marks=(*self._pytestmark(self.tree.body), *self._skips_at_import()),
            is_opted_out=_dunder_test(self.tree.body) is False,
        )

    def _block(self, body: list[ast.stmt], container: str) -> None:
        for statement in body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                self._function(statement, None, container)
                self._bind(statement.name, "function", statement.lineno)
            elif isinstance(statement, ast.ClassDef):
                self._class(statement, container)
                self._bind(statement.name, "class", statement.lineno)
            else:
                self._statement(statement)

    def _statement(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                self._bind(alias.asname or alias.name.split(".")[0], "import", statement.lineno)
            return
        kind = "deleted" if isinstance(statement, ast.Delete) else "assigned"
        for node in _own_nodes(statement):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                self._bind(node.id, kind, node.lineno)
        for block in _inner_blocks(statement):
            self._block(block, "conditional")

    def _bind(self, name: str, kind: str, line: int) -> None:
        self.kinds[name] = kind
        self.lines[name] = line

    def _class(self, node: ast.ClassDef, container: str) -> None:
        methods = [s for s in node.body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)]
        inside = "class" if container == "module" else "nested"
        for method in methods:
            self._function(method, node.name, inside)
        self.classes.append(
            ClassDef(
                name=node.name,
                span=span_of(node),
                bases=tuple(dotted(base, self.aliases) for base in node.bases),
                decorators=tuple(mark(d, self.aliases) for d in node.decorator_list),
                has_init=any(m.name in ("__init__", "__new__") for m in methods),
                marks=tuple(self._pytestmark(node.body)),
                is_test=_dunder_test(node.body),
            )
        )

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, class_name: str | None, container: str
    ) -> None:
        self.functions.append(read_function(node, self.path, class_name, container, self.aliases))
        for inner in _definitions_inside(node):
            self.functions.append(read_function(inner, self.path, None, "nested", self.aliases))

    def _constants(self) -> Iterator[tuple[str, tuple[Literal, ...]]]:
        for statement in self.tree.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
                targets = (
                    statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                )
                for target in targets:
                    if isinstance(target, ast.Name):
                        yield target.id, tuple(literals_in(statement.value))

    def _pytestmark(self, body: list[ast.stmt]) -> Iterator[Mark]:
        for statement in body:
            targets, value = _assigned(statement)
            if "pytestmark" in targets and value is not None:
                items = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
                yield from (mark(item, self.aliases) for item in items)

    def _skips_at_import(self) -> Iterator[Mark]:
        for statement in self.tree.body:
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for found in marks_in(statement, self.aliases):
                    if found.name in _MODULE_LEVEL_SKIPS:
                        yield found


def _definitions_inside(
    node: ast.FunctionDef | ast.AsyncFunctionDef,
) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for inner in ast.walk(node):
        if inner is not node and isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            yield inner


def _inner_blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if isinstance(block, list):
            yield block
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
    for case in getattr(statement, "cases", ()):
        yield case.body


def _own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """Nodes of a statement that run in its own scope, without the blocks inside it."""
    todo: list[ast.AST] = [
        child for child in ast.iter_child_nodes(statement) if not isinstance(child, ast.stmt)
    ]
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, ast.Lambda):
            todo += [c for c in ast.iter_child_nodes(node) if not isinstance(c, ast.stmt)]


def _dunder_test(body: list[ast.stmt]) -> bool | None:
    """What ``__test__`` is set to last, as a truth; None without a constant."""
    chosen = None
    for statement in body:
        targets, value = _assigned(statement)
        if "__test__" in targets and isinstance(value, ast.Constant):
            chosen = bool(value.value)
    return chosen


def _assigned(statement: ast.stmt) -> tuple[list[str], ast.expr | None]:
    """Names that a statement assigns or adds to, and the value."""
    if isinstance(statement, ast.Assign):
        targets: list[ast.expr] = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        targets = [statement.target]
    else:
        return [], None
    return [target.id for target in targets if isinstance(target, ast.Name)], statement.value
