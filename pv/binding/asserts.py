"""Find what can turn a test red, and what only looks as if it could."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from pv.binding.module import Assertion
from pv.binding.names import dotted, span_of

_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_LEAVING_CALLS = frozenset(
    {"pytest.skip", "pytest.xfail", "pytest.fail", "pytest.exit", "sys.exit"}
)
_CATCHES_ASSERTIONS = frozenset({"", "AssertionError", "Exception", "BaseException"})


def is_assertion_call(name: str) -> bool:
    """True for the callables that pytest's run counts as assertions, by canonical dotted name."""
    return name in ("pytest.raises", "pytest.fail") or name.startswith("numpy.testing.assert")


def assertions_in(
    function: ast.FunctionDef | ast.AsyncFunctionDef, aliases: Mapping[str, str]
) -> Iterator[Assertion]:
    """Every assertion of a function, in order, with whether it can be reached and can fail."""
    yield from _Finder(function, aliases).block(function.body, reachable=True, swallowed=False)


class _Finder:
    def __init__(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, aliases: Mapping[str, str]
    ) -> None:
        self.aliases = aliases
        self.read = {
            n.id
            for n in ast.walk(function)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
        }

    def block(
        self, body: list[ast.stmt], *, reachable: bool, swallowed: bool
    ) -> Iterator[Assertion]:
        for statement in body:
            yield from self._statement(statement, reachable, swallowed)
            reachable = reachable and not self._leaves(statement)

    def _statement(
        self, statement: ast.stmt, reachable: bool, swallowed: bool
    ) -> Iterator[Assertion]:
        if isinstance(statement, ast.Assert):
            constant = is_constant(statement.test)
            yield self._assertion(statement, constant, reachable, swallowed)
            return
        for expression in _expressions(statement):
            yield from self._calls(expression, statement, reachable, swallowed)
        for block, enters, swallows in self._inner(statement):
            yield from self.block(
                block, reachable=reachable and enters, swallowed=swallowed or swallows
            )

    def _calls(
        self, expression: ast.expr, statement: ast.stmt, reachable: bool, swallowed: bool
    ) -> Iterator[Assertion]:
        for node in ast.walk(expression):
            if isinstance(node, ast.Call) and is_assertion_call(dotted(node, self.aliases)):
                constant = self._is_constant_call(node, statement)
                yield self._assertion(node, constant, reachable, swallowed)

    def _assertion(
        self, node: ast.stmt | ast.expr, constant: bool, reachable: bool, swallowed: bool
    ) -> Assertion:
        return Assertion(span_of(node), ast.unparse(node), constant, reachable, swallowed)

    def _is_constant_call(self, call: ast.Call, statement: ast.stmt) -> bool:
        name = dotted(call, self.aliases)
        if name == "pytest.raises":
            return isinstance(statement, ast.With) and isinstance(statement.body[0], ast.Raise)
        if name == "pytest.fail":
            return False
        return bool(call.args) and (
            all(_is_fixed(a) for a in call.args)
            or (len(call.args) > 1 and _same_value(call.args[0], call.args[1]))
        )

    def _leaves(self, statement: ast.stmt) -> bool:
        if isinstance(statement, _LEAVES):
            return True
        if isinstance(statement, ast.If) and statement.orelse:
            return self._ends(statement.body) and self._ends(statement.orelse)
        return (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Call)
            and dotted(statement.value, self.aliases) in _LEAVING_CALLS
        )

    def _ends(self, body: list[ast.stmt]) -> bool:
        return any(self._leaves(statement) for statement in body)

    def _inner(self, statement: ast.stmt) -> Iterator[tuple[list[ast.stmt], bool, bool]]:
        """Blocks inside a statement: (block, can be entered, failures inside are swallowed)."""
        if isinstance(statement, ast.If | ast.While):
            outcome = _truth(statement.test)
            yield statement.body, outcome is not False, False
            yield statement.orelse, outcome is not True, False
        elif isinstance(statement, ast.For | ast.AsyncFor):
            yield statement.body, not _is_empty_literal(statement.iter), False
            yield statement.orelse, True, False
        elif isinstance(statement, ast.Try):
            yield statement.body, True, self._swallows(statement)
            for handler in statement.handlers:
                yield handler.body, True, False
            yield statement.orelse, True, False
            yield statement.finalbody, True, False
        elif isinstance(statement, ast.With | ast.AsyncWith):
            yield statement.body, True, self._suppresses(statement)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement.body, statement.name in self.read, False
        elif isinstance(statement, ast.Match):
            for case in statement.cases:
                yield case.body, True, False

    def _swallows(self, statement: ast.Try) -> bool:
        return any(
            self._catches(handler.type)
            and not any(isinstance(n, ast.Raise) for n in ast.walk(handler))
            and not any(
                isinstance(n, ast.Call) and dotted(n, self.aliases) == "pytest.fail"
                for n in ast.walk(handler)
            )
            for handler in statement.handlers
        )

    def _suppresses(self, statement: ast.With | ast.AsyncWith) -> bool:
        return any(
            isinstance(item.context_expr, ast.Call)
            and dotted(item.context_expr, self.aliases) == "contextlib.suppress"
            and any(self._catches(argument) for argument in item.context_expr.args)
            for item in statement.items
        )

    def _catches(self, kind: ast.expr | None) -> bool:
        kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
        return any(k is None or dotted(k, self.aliases) in _CATCHES_ASSERTIONS for k in kinds)


def is_constant(test: ast.expr) -> bool:
    """True where the outcome of ``assert test`` does not depend on anything that runs."""
    if isinstance(test, ast.Tuple):
        return bool(test.elts)  # `assert (x, "message")` is always true
    if isinstance(test, ast.BoolOp):
        decides = isinstance(test.op, ast.Or)
        return any(_truth(value) is decides for value in test.values) or all(
            is_constant(value) for value in test.values
        )
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return is_constant(test.operand)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        left, right = test.left, test.comparators[0]
        return _is_fixed(test) or _same_value(left, right) or _is_size_at_least_zero(test)
    return _is_fixed(test)


def _same_value(left: ast.expr, right: ast.expr) -> bool:
    """The same expression on both sides, without a call that could differ between them."""
    return ast.dump(left) == ast.dump(right) and not any(
        isinstance(n, ast.Call | ast.Await) for n in ast.walk(left)
    )


def _is_size_at_least_zero(test: ast.Compare) -> bool:
    return (
        isinstance(test.ops[0], ast.GtE)
        and isinstance(test.left, ast.Call)
        and dotted(test.left, {}) == "len"
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value == 0
    )


def _is_fixed(expression: ast.expr) -> bool:
    return not any(
        isinstance(n, ast.Name | ast.Call | ast.Attribute | ast.Await) for n in ast.walk(expression)
    )


def _truth(expression: ast.expr) -> bool | None:
    """Truth of a literal condition; None where it depends on something."""
    if not _is_fixed(expression):
        return None
    try:
        return bool(ast.literal_eval(expression))
    except ValueError:
        return None


def _is_empty_literal(expression: ast.expr) -> bool:
    return isinstance(expression, ast.List | ast.Tuple | ast.Set) and not expression.elts


def _expressions(statement: ast.stmt) -> Iterator[ast.expr]:
    """Expressions of a statement itself, without the blocks inside it."""
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.withitem):
            yield child.context_expr
        elif isinstance(child, ast.expr):
            yield child
