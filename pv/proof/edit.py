"""Edit: the code of a module, or of one of its statements, with a declared fault in it."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from pv.mutant import Void, anchor_in, definition_of, occurrences, parse_edit
from pv.patched import REACHED
from pv.proof.verdicts import VoidReason

_REASONS = {
    Void.TARGET: VoidReason.MISSING,
    Void.MISSING: VoidReason.MISSING,
    Void.AMBIGUOUS: VoidReason.AMBIGUOUS,
    Void.UNPARSABLE: VoidReason.COMPILE,
    Void.NO_OP: VoidReason.NO_OP,
}
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
# In place of the path of a patch: the fault that this process has put in place in itself.
IN_PROCESS = ""


class NoEdit(Exception):
    """The fault cannot be put in place."""

    def __init__(self, reason: VoidReason, detail: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Edit:
    """A declared fault: ``replace`` gives way to ``with_`` in the definition of ``attribute``."""

    attribute: str
    replace: str
    with_: str


@dataclass(frozen=True, slots=True)
class DefaultEdit:
    """The new value of one default, as code, and which default it is."""

    code: CodeType
    position: int
    keyword: str


@dataclass(frozen=True, slots=True)
class Edited:
    """The code of one top-level statement before and after the edit."""

    before: CodeType
    after: CodeType
    default: DefaultEdit | None
    """Where the edit lies in a default."""

    def pairs(self, attribute: str) -> dict[tuple[str, int], CodeType]:
        """New code of the target and of the functions in it, by qualified name and first line."""
        old, new = dict(_functions(self.before)), dict(_functions(self.after))
        return {
            key: new[key]
            for key, code in old.items()
            if key in new
            and (key[0] == attribute or key[0].startswith(f"{attribute}.<locals>"))
            and (key[0] == attribute or not is_same_code(code, new[key]))
        }


@dataclass(frozen=True, slots=True)
class _Whole:
    """A statement without a fault: its code, and how to have another one of it."""

    code: CodeType
    pickled: bytes

    def copy(self) -> ast.stmt:
        """A copy; several times as fast as ``copy.deepcopy``, and needed for every mutant."""
        statement: ast.stmt = pickle.loads(self.pickled)
        return statement


class Source:
    """A source file, parsed once for all of its mutants."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._tree = ast.parse(text)
        self._future = [s for s in self._tree.body if _is_future(s)]
        self._whole: dict[ast.stmt, _Whole] = {}

    def is_in_function(self, edit: Edit) -> bool:
        """True where ``edit`` lies in a function's body or defaults, and not in what import runs.

        NoEdit where it has no place, or changes nothing.
        """
        statement = self._statement(edit)
        plain, target, node = self._apply(statement, edit)
        if is_same_code(self._as_it_is(statement).code, self._compile([plain])):
            raise NoEdit(VoidReason.NO_OP, "the bytecode stays what it is")
        if _is_in_body(target, node):
            return True
        return "." not in edit.attribute and self._default(target, node) is not None

    def edited(self, edit: Edit) -> Edited:
        """The statement that holds the target, compiled before and after the edit.

        Compiled inside everything that encloses it, so that its free variables stay what they are.
        """
        statement = self._statement(edit)
        marked, target, node = self._apply(statement, edit, _mark(IN_PROCESS))
        default = None
        if not _is_in_body(target, node):
            _, *unmarked = self._apply(statement, edit)
            default = self._default(*unmarked)
        return Edited(
            before=self._as_it_is(statement).code, after=self._compile([marked]), default=default
        )

    def module(self, edit: Edit, patch: Path) -> CodeType:
        """The whole module with the fault in it, for a process that imports it from ``patch``."""
        statement = self._statement(edit)
        marked, *_ = self._apply(statement, edit, _mark(str(patch)))
        body = [marked if s is statement else s for s in self._tree.body]
        return self._compile(body, with_future=False)

    def _statement(self, edit: Edit) -> ast.stmt:
        found = anchor_in(self._tree, edit.attribute, edit.replace, edit.with_)
        if isinstance(found, Void):
            raise NoEdit(_REASONS[found], f"{found.value} {edit.attribute}")
        first = edit.attribute.split(".")[0]
        definition = definition_of(self._tree, first)
        assert definition is not None  # the anchor was found in it
        return definition

    def _apply(
        self, statement: ast.stmt, edit: Edit, mark: ast.Call | None = None
    ) -> tuple[ast.stmt, ast.AST, ast.AST]:
        """A copy of ``statement`` with the edit in it, the target in it, and the edited node."""
        copied = self._as_it_is(statement).copy()
        target = definition_of(ast.Module([copied], []), edit.attribute)
        fragments = parse_edit(edit.replace, edit.with_)
        assert target is not None  # as above
        assert fragments is not None
        old, new = fragments
        first, last = next(iter(occurrences(target, old)))
        if isinstance(new, ast.expr):
            node: ast.AST = _marked(new, mark) if mark else new
            _replace_node(target, first, node)
        else:
            node = _replace_run(target, first, last, [ast.Expr(mark), *new] if mark else new)
        for root in [node, *(new if isinstance(new, list) else [])]:
            for inserted in ast.walk(root):
                ast.copy_location(inserted, first)
        ast.fix_missing_locations(copied)
        return copied, target, node

    def _as_it_is(self, statement: ast.stmt) -> _Whole:
        if statement not in self._whole:
            self._whole[statement] = _Whole(self._compile([statement]), pickle.dumps(statement))
        return self._whole[statement]

    def _default(self, target: ast.AST, node: ast.AST) -> DefaultEdit | None:
        """The default of ``target`` that holds ``node``."""
        if not isinstance(target, _FUNCTION):
            return None
        arguments = target.args
        named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        choices = [(i, "", default) for i, default in enumerate(arguments.defaults)]
        choices += [(0, a.arg, default) for a, default in named if default is not None]
        for position, keyword, default in choices:
            if any(found is node for found in ast.walk(default)):
                code = compile(ast.Expression(default), self._file, "eval", dont_inherit=True)
                return DefaultEdit(code, position, keyword)
        return None

    def _compile(self, body: list[ast.stmt], *, with_future: bool = True) -> CodeType:
        future = self._future if with_future else []
        module = ast.Module([*future, *body], [])
        try:
            code: CodeType = compile(module, self._file, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, TypeError, RecursionError) as error:
            raise NoEdit(VoidReason.COMPILE, str(error)) from error
        return code


def is_same_code(a: CodeType, b: CodeType) -> bool:
    """True where two code objects do the same, wherever they stand in a file.

    Plain ``==`` compares lines, and takes the constants 1, 1.0 and True for one.
    """
    return _essence(a) == _essence(b)


def _essence(value: object) -> object:
    if isinstance(value, CodeType):
        names = (value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars)
        signature = (value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount)
        constants = tuple(_essence(constant) for constant in value.co_consts)
        # The exception table holds the handlers; the bytecode does not.
        table = getattr(value, "co_exceptiontable", b"")
        return (value.co_code, names, signature, value.co_flags, constants, table)
    if isinstance(value, tuple):
        return ("tuple", *(_essence(item) for item in value))
    if isinstance(value, frozenset):
        return ("frozenset", *sorted(repr(_essence(item)) for item in value))
    return (type(value).__name__, repr(value))  # repr: nan equals itself, -0.0 is not 0.0


def _functions(code: CodeType) -> Iterator[tuple[tuple[str, int], CodeType]]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield (constant.co_qualname, constant.co_firstlineno), constant
            yield from _functions(constant)


def _marked(new: ast.expr, mark: ast.Call) -> ast.expr:
    """``(mark, new)[1]``: the value of ``new``, and a note that it was evaluated."""
    pair = ast.Tuple([mark, new], ast.Load())
    return ast.Subscript(pair, ast.Constant(1), ast.Load())


def _mark(patch: str) -> ast.Call:
    """``__pv_reached__(patch)``."""
    return ast.Call(ast.Name(REACHED, ast.Load()), [ast.Constant(patch)], [])


def _replace_node(target: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(target):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
                return
            if isinstance(value, list):
                for i, item in enumerate(value):
                    if item is old:
                        value[i] = new
                        return


def _replace_run(target: ast.AST, first: ast.AST, last: ast.AST, new: list[ast.stmt]) -> ast.AST:
    for parent in ast.walk(target):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and first in block:
                start, end = block.index(first), block.index(last) + 1
                block[start:end] = new
                return new[0]
    raise AssertionError("the anchor is a run of statements in one block")


def _is_in_body(target: ast.AST, node: ast.AST) -> bool:
    return isinstance(target, _FUNCTION) and any(
        found is node for statement in target.body for found in ast.walk(statement)
    )


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
