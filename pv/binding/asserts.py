"""Find what can turn a test red, and what only looks as if it could."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from pv.binding.fixed import always_holds, is_empty, is_fixed, never_holds, same_value, truth
from pv.binding.module import Assertion
from pv.binding.names import dotted, span_of

_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_DROPS = (ast.Return, ast.Continue, ast.Break)
_LEAVING_CALLS = frozenset(
    {"pytest.skip", "pytest.xfail", "pytest.fail", "pytest.exit", "sys.exit"}
)
_CATCHES_ASSERTIONS = frozenset({"", "AssertionError", "Exception", "BaseException"})
_COMPARED_ARGUMENTS = frozenset({"actual", "desired", "x", "y"})
_NUMPY_CONTEXTS = frozenset(
    f"numpy.testing.assert_{name}" for name in ("raises", "raises_regex", "warns", "no_warnings")
)


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
            constant = always_holds(statement.test)
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
        is_alone = isinstance(statement, ast.Expr) and statement.value is call
        if name == "pytest.raises":  # alone and without a callable, it is never entered
            if isinstance(statement, ast.With):  # what it waits for is written in it
                return any(_always_raises(s) for s in statement.body)
            return is_alone and len(call.args) < 2
        if name == "pytest.fail":
            return False
        named = [k.value for k in call.keywords if k.arg in _COMPARED_ARGUMENTS]
        compared = [*call.args, *named]
        if not compared or (name in _NUMPY_CONTEXTS and len(compared) < 2):
            return is_alone
        return all(is_fixed(a) for a in compared) or (
            len(compared) > 1 and same_value(compared[0], compared[1])
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
            outcome = truth(statement.test)
            yield statement.body, outcome is not False, False
            yield statement.orelse, outcome is not True, False
        elif isinstance(statement, ast.For | ast.AsyncFor):
            yield statement.body, not is_empty(statement.iter), False
            yield statement.orelse, True, False
        elif isinstance(statement, ast.Try | ast.TryStar):
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

    def _swallows(self, statement: ast.Try | ast.TryStar) -> bool:
        # Whatever leaves the finally block drops the exception.
        return any(isinstance(s, _DROPS) for s in statement.finalbody) or any(
            self._catches(handler.type)
            and not any(isinstance(n, ast.Raise) for n in ast.walk(handler))
            and not any(
                isinstance(n, ast.Call) and dotted(n, self.aliases) == "pytest.fail"
                for n in ast.walk(handler)
            )
            for handler in statement.handlers
        )

    def _suppresses(self, statement: ast.With | ast.AsyncWith) -> bool:
        """Whether failures end here. ``raises(AssertionError)`` asks for one: that is a claim."""
        for item in statement.items:
            call = item.context_expr
            name = dotted(call, self.aliases)
            if isinstance(call, ast.Call) and name in ("contextlib.suppress", "pytest.raises"):
                kinds = [a for a in call.args if dotted(a, self.aliases) != "AssertionError"]
                if any(map(self._catches, call.args if name.startswith("context") else kinds)):
                    return True
        return False

    def _catches(self, kind: ast.expr | None) -> bool:
        kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
        return any(
            k is None or dotted(k, self.aliases).removeprefix("builtins.") in _CATCHES_ASSERTIONS
            for k in kinds
        )


def _always_raises(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Raise) or (
        isinstance(statement, ast.Assert) and never_holds(statement.test)
    )


def _expressions(statement: ast.stmt) -> Iterator[ast.expr]:
    """Expressions of a statement itself, without the blocks inside it."""
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.withitem):
            yield child.context_expr
        elif isinstance(child, ast.expr):
            yield child
