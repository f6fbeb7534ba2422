"""Anchors of declared mutants: found exactly once, or void for a stated reason."""

from __future__ import annotations

import pytest

from pv.mutant import Anchor, Void, find_anchor, is_same_edit, makes_idle

SOURCE = '''\
SCALE = 2.0


def loss(kd, ce, weight):
    """kd + ce"""
    total = weight * kd + (1 - weight) * ce

    def inner(x):
        return x + 1

    total = total + 0
    return inner(total)


class Head:
    def apply(self, x):
        return -x


def loss_unused(kd):
    return weight * kd
'''


@pytest.mark.parametrize(
    ("attribute", "replace", "with_", "line", "end_line"),
    [
        ("loss", "weight * kd", "kd", 6, 6),
        ("loss", "weight*kd + (1-weight)*ce", "kd", 6, 6),
        ("loss", "total = total + 0\nreturn inner(total)", "return 0", 11, 12),
        ("loss", "x + 1", "x", 9, 9),
        ("Head.apply", "-x", "x", 17, 17),
        ("Head", "return -x", "return x", 17, 17),
        ("SCALE", "2.0", "3.0", 1, 1),
    ],
)
def test_anchor_is_found_where_it_stands(
    attribute: str, replace: str, with_: str, line: int, end_line: int
) -> None:
    assert find_anchor(SOURCE, attribute, replace, with_) == Anchor(line, end_line)


@pytest.mark.parametrize(
    ("attribute", "replace", "with_", "void"),
    [
        ("lost", "kd", "ce", Void.TARGET),
        ("Head.call", "-x", "x", Void.TARGET),
        ("loss.inner", "x + 1", "x", Void.TARGET),
        ("loss", "weight * ce", "ce", Void.MISSING),
        ("loss", "kd + ce", "kd", Void.MISSING),  # stands in the docstring only
        ("SCALE", "2", "3", Void.MISSING),  # 2 is not 2.0
        ("loss", "weight", "1", Void.AMBIGUOUS),
        ("loss", "weight * kd", "weight  *  kd", Void.NO_OP),
        ("loss", "weight *", "kd", Void.UNPARSABLE),
        ("loss", "weight * kd", "return 1", Void.MISSING),  # no statement of its own
    ],
)
def test_edit_that_cannot_be_applied_is_void(
    attribute: str, replace: str, with_: str, void: Void
) -> None:
    assert find_anchor(SOURCE, attribute, replace, with_) is void


def test_last_definition_is_the_target() -> None:
    source = "def f(x):\n    return x\n\n\ndef f(x):\n    return -x\n"
    assert find_anchor(source, "f", "-x", "x") == Anchor(6, 6)


@pytest.mark.parametrize(
    "with_",
    ["None", "0", "-1", "()", "[]", "{}", '""', "x", "pass", "return", "return x", "return ()"],
)
def test_makes_idle(with_):
    assert makes_idle(with_)


@pytest.mark.parametrize(
    "with_", ["x + 1", "f(x)", "(x,)", "x.y", "return f()", "x = 1", "pass; f()", "not x", "if"]
)
def test_does_something(with_):
    assert not makes_idle(with_)


def test_same_edit():
    edit = ("a:f", "x+1", "x")
    assert is_same_edit(edit, ("a:f", " x + 1", "(x)"))
    assert not is_same_edit(edit, ("a:g", "x+1", "x"))
    assert not is_same_edit(edit, ("a:f", "x+1", "y"))
    assert not is_same_edit(edit, ("a:f", "x+", "x"))
