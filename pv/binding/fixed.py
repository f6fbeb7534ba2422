"""Expressions whose truth is fixed by how they are written."""

from __future__ import annotations

import ast
from contextlib import suppress

from pv.binding.names import dotted

# Their result is fixed where their arguments are.
_PURE = frozenset({"all", "any", "bool", "dict", "len", "list", "range", "set", "sorted", "tuple"})


def always_holds(test: ast.expr) -> bool:
    """True where ``assert test`` passes whatever runs before it.

    One that always fails is no such thing: under a condition it is a way to say "not here".
    """
    if isinstance(test, ast.BoolOp):
        decide = any if isinstance(test.op, ast.Or) else all
        return decide(always_holds(value) for value in test.values)
    if isinstance(test, ast.IfExp):
        return always_holds(test.body) and always_holds(test.orelse)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return never_holds(test.operand)
    if isinstance(test, ast.Compare):
        operands = [test.left, *test.comparators]
        pairs = zip(operands, test.ops, operands[1:], strict=False)
        return truth(test) is not False and all(_compares_true(*pair) for pair in pairs)
    if isinstance(test, ast.Call) and dotted(test, {}) == "all" and _is_empty_argument(test):
        return True
    return _is_object(test) or (is_fixed(test) and truth(test) is not False)


def never_holds(test: ast.expr) -> bool:
    """True where ``assert test`` fails whatever runs before it."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return always_holds(test.operand)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and not is_fixed(test):
        differs = isinstance(test.ops[0], ast.NotEq | ast.Lt | ast.Gt | ast.IsNot)
        return differs and same_value(test.left, test.comparators[0])
    if isinstance(test, ast.Call) and dotted(test, {}) == "any" and _is_empty_argument(test):
        return True
    return is_fixed(test) and truth(test) is not True


def _is_object(test: ast.expr) -> bool:
    """A function, a generator, text or a filled display: true whatever is in it."""
    if isinstance(test, ast.Tuple | ast.List | ast.Set):
        return bool(test.elts)  # `assert (x, "message")` is always true
    if isinstance(test, ast.Dict):
        return bool(test.keys)
    return isinstance(test, ast.Lambda | ast.GeneratorExp | ast.JoinedStr)


def _compares_true(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> bool:
    if is_fixed(left) and is_fixed(right):
        return True
    may_be_equal = isinstance(operator, ast.Eq | ast.LtE | ast.GtE | ast.Is)
    if may_be_equal and same_value(_approximated(left), _approximated(right)):
        return True
    size, bound, is_below = left, right, isinstance(operator, ast.Gt | ast.GtE)
    if isinstance(operator, ast.Lt | ast.LtE):
        size, bound, is_below = right, left, True
    least = -1 if isinstance(operator, ast.Gt | ast.Lt) else 0
    return (
        is_below and isinstance(size, ast.Call) and dotted(size, {}) == "len" and _is(bound, least)
    )


def _approximated(side: ast.expr) -> ast.expr:
    """What stands in ``approx(...)``."""
    is_approx = isinstance(side, ast.Call) and dotted(side, {}) in ("approx", "pytest.approx")
    return side.args[0] if is_approx and isinstance(side, ast.Call) and side.args else side


def same_value(left: ast.expr, right: ast.expr) -> bool:
    """The same expression on both sides, without a call that could differ between them."""
    return ast.dump(left) == ast.dump(right) and not any(
        isinstance(n, ast.Call | ast.Await) for n in ast.walk(left)
    )


def _is(expression: ast.expr, number: int) -> bool:
    return ast.unparse(expression) == str(number)


def is_fixed(expression: ast.expr) -> bool:
    """True where the value is written out: it does not depend on anything that runs."""
    pure = {
        id(n.func)
        for n in ast.walk(expression)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in _PURE
    }
    return not any(
        isinstance(n, ast.Name | ast.Attribute | ast.Await)
        or (isinstance(n, ast.Call) and id(n.func) not in pure)
        for n in ast.walk(expression)
        if id(n) not in pure
    )


def truth(expression: ast.expr) -> bool | None:
    """Truth of a literal condition; None where it depends on something."""
    if not is_fixed(expression):
        return None
    try:
        return bool(ast.literal_eval(expression))
    except ValueError:
        return None


def _is_empty_argument(call: ast.Call) -> bool:
    """True for ``all([])`` and ``all(f(x) for x in [])``."""
    argument = call.args[0] if call.args else call
    if isinstance(argument, ast.GeneratorExp | ast.ListComp):
        argument = argument.generators[0].iter
    return is_empty(argument)


def is_empty(expression: ast.expr) -> bool:
    """True for a display without elements, and a range without numbers."""
    if isinstance(expression, ast.List | ast.Tuple | ast.Set):
        return not expression.elts
    if isinstance(expression, ast.Call) and dotted(expression, {}) == "range":
        with suppress(ValueError, TypeError):
            return not range(*(ast.literal_eval(bound) for bound in expression.args))
    return False
