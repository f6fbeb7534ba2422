"""A fault reaches a function in whatever shape the project holds it, and leaves without a trace."""

from __future__ import annotations

import builtins
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pv import patched
from pv.proof.edit import Edit, NoEdit, Source
from pv.proof.swap import LiveFunctions, clear_caches, swapped

PLAIN = """
import functools


def logged(function):
    @functools.wraps(function)
    def call(*arguments):
        return function(*arguments)
    return call


def hidden(function):
    return lambda *arguments: function(*arguments)


def function(x):
    return x + 1


TABLE = {"f": function}
PARTIAL = functools.partial(function)


def default(x, y=1):
    return x + y


def keyword(x, *, y=1):
    return x + y


@logged
def wrapped(x):
    return x + 1


@hidden
def unnamed(x):
    return x + 1


@functools.lru_cache
def cached(x):
    return x + 1


@functools.lru_cache
def caching_its_callee(x):
    return function(x)


def make(offset):
    def closure(x):
        return x + offset
    return closure


made = make(1)


def recursive(x):
    return recursive(x - 1) + 1 if x > 0 else 1


def generator(x):
    yield x + 1


class Base:
    def step(self, x):
        return x


class C(Base):
    def method(self, x):
        return x + 1

    def step(self, x):
        return super().step(x) + 1

    @staticmethod
    def static(x):
        return x + 1

    @classmethod
    def of_class(cls, x):
        return x + 1

    @property
    def getter(self):
        return 1 + 1

    def __private(self, x):
        return x + 1

    def calls_private(self, x):
        return self.__private(x)


bound = C().method
"""

# Shape -> (target, replace, with, expression): the expression is 2 when clean and 3 with the fault.
SHAPES = {
    "function": ("function", "x + 1", "x + 2", "m.function(1)"),
    "in a table": ("function", "x + 1", "x + 2", "m.TABLE['f'](1)"),
    "in a partial": ("function", "x + 1", "x + 2", "m.PARTIAL(1)"),
    "default": ("default", "1", "2", "m.default(1)"),
    "keyword default": ("keyword", "1", "2", "m.keyword(1)"),
    "functools.wraps": ("wrapped", "x + 1", "x + 2", "m.wrapped(1)"),
    "other decorator": ("unnamed", "x + 1", "x + 2", "m.unnamed(1)"),
    "lru_cache": ("cached", "x + 1", "x + 2", "m.cached(1)"),
    "lru_cache of a caller": ("function", "x + 1", "x + 2", "m.caching_its_callee(1)"),
    "closure made before": ("make", "x + offset", "x + offset + 1", "m.made(1)"),
    "closure made after": ("make", "x + offset", "x + offset + 1", "m.make(1)(1)"),
    "recursion": ("recursive", "recursive(x - 1) + 1", "recursive(x - 1) + 2", "m.recursive(1)"),
    "generator": ("generator", "x + 1", "x + 2", "next(m.generator(1))"),
    "method": ("C.method", "x + 1", "x + 2", "m.C().method(1)"),
    "bound method": ("C.method", "x + 1", "x + 2", "m.bound(1)"),
    "super": ("C.step", "super().step(x) + 1", "super().step(x) + 2", "m.C().step(1)"),
    "staticmethod": ("C.static", "x + 1", "x + 2", "m.C.static(1)"),
    "classmethod": ("C.of_class", "x + 1", "x + 2", "m.C.of_class(1)"),
    "property": ("C.getter", "1 + 1", "1 + 2", "m.C().getter"),
    "private method": ("C.__private", "x + 1", "x + 2", "m.C().calls_private(1)"),
}

JAX = """
import jax
import jax.numpy as jnp
from flax import nnx


def inner(x):
    return x + 1


@jax.jit
def jitted(x):
    return x + 1


@jax.jit
def outer(x):
    return nested(x)


@jax.jit
def nested(x):
    return inner(x)


captured = jax.jit(inner)


def scanned(x):
    return jax.lax.scan(lambda carry, _: (inner(carry), None), x, None, length=1)[0]


@jax.custom_vjp
def with_vjp(x):
    return x + 1


def forward(x):
    return x + 1, None


def backward(_, g):
    return (g * 2,)


with_vjp.defvjp(forward, backward)


@jax.custom_jvp
def with_jvp(x):
    return x + 1


@with_jvp.defjvp
def tangent(primals, tangents):
    return primals[0] + 1, tangents[0] * 2


class Module(nnx.Module):
    def __call__(self, x):
        return x + 1


module = Module()
apply = nnx.jit(lambda x: module(x))
slope = jax.jit(jax.grad(lambda x: with_vjp(x)))
slope_of_jvp = jax.jit(jax.grad(lambda x: with_jvp(x)))
"""

JAX_SHAPES = {
    "jit": ("jitted", "x + 1", "x + 2", "m.jitted(1)"),
    "callee of nested jits": ("inner", "x + 1", "x + 2", "m.outer(1)"),
    "captured by jit": ("inner", "x + 1", "x + 2", "m.captured(1)"),
    "callee of an eager scan": ("inner", "x + 1", "x + 2", "m.scanned(1)"),
    "custom_vjp": ("with_vjp", "x + 1", "x + 2", "m.with_vjp(1.0)"),
    "custom_vjp backward": ("backward", "g * 2", "g * 3", "m.slope(1.0)"),
    "custom_jvp": ("with_jvp", "x + 1", "x + 2", "m.with_jvp(1.0)"),
    "custom_jvp rule": ("tangent", "tangents[0] * 2", "tangents[0] * 3", "m.slope_of_jvp(1.0)"),
    "nnx module": ("Module.__call__", "x + 1", "x + 2", "m.module(1)"),
    "jitted nnx module": ("Module.__call__", "x + 1", "x + 2", "m.apply(1)"),
}


@pytest.fixture(autouse=True)
def _reached(monkeypatch):
    monkeypatch.setattr(builtins, patched.REACHED, lambda _patch: None, raising=False)


def load(root: Path, text: str) -> ModuleType:
    file = root / f"shapes_{len(text)}.py"
    file.write_text(text)
    spec = importlib.util.spec_from_file_location("pv_shapes", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules["pv_shapes"] = module
    spec.loader.exec_module(module)
    return module


def check(root: Path, text: str, target: str, replace: str, with_: str, expression: str) -> None:
    module = load(root, text)
    functions = LiveFunctions(root)
    edited = Source(text, module.__file__).edited(Edit(target, replace, with_))
    values = []

    def measure() -> None:
        values.append(eval(expression, {"m": module}))

    measure()
    with swapped(functions, module.__file__, target, edited):
        measure()
        measure()
    measure()
    assert [int(value) for value in values] == [2, 3, 3, 2]


@pytest.mark.parametrize("shape", SHAPES)
def test_shape(tmp_path, shape):
    check(tmp_path, PLAIN, *SHAPES[shape])


@pytest.mark.parametrize("shape", JAX_SHAPES)
def test_jax_shape(tmp_path, shape):
    pytest.importorskip("flax")
    check(tmp_path, JAX, *JAX_SHAPES[shape])


@pytest.mark.parametrize(
    ("target", "replace", "with_", "reason"),
    [
        ("function", "x + 1", "(x + 1)", "no-op"),
        ("function", "x + 1", "1 + x + 0j *", "compile"),
        ("function", "return x + 1", "yield from", "compile"),
        ("function", "x + 2", "x + 3", "missing"),
    ],
)
def test_edit_that_is_void(target, replace, with_, reason):
    with pytest.raises(NoEdit) as caught:
        Source(PLAIN, "shapes.py").is_in_function(Edit(target, replace, with_))
    assert caught.value.reason.value == reason


@pytest.mark.parametrize(
    ("replace", "with_"), [("1", "1.0"), ("1", "True"), ("0.0", "-0.0"), ("(1, 2)", "(1, 2.0)")]
)
def test_constants_differ_by_their_type(replace, with_):
    text = f"def f(x):\n    return x, {replace}\n"
    assert Source(text, "f.py").is_in_function(Edit("f", replace, with_))


def test_function_that_is_gone_is_unpatchable(tmp_path):
    text = "def f(x):\n    return x + 1\n\n\ng = f(1)\ndel f\n"
    module = load(tmp_path, text)
    edited = Source(text, module.__file__).edited(Edit("f", "x + 1", "x + 2"))
    place = swapped(LiveFunctions(tmp_path), module.__file__, "f", edited)
    with pytest.raises(NoEdit, match="no live function"), place:
        pass


def test_other_free_variables_are_unpatchable(tmp_path):
    text = (
        "def decorate(f):\n    return f\n\n\ndef make(a, b):\n"
        "    def inner(x):\n        return x + a\n    return inner\n\n\nmade = make(1, 2)\n"
    )
    module = load(tmp_path, text)
    edited = Source(text, module.__file__).edited(Edit("make", "x + a", "x + b"))
    place = swapped(LiveFunctions(tmp_path), module.__file__, "make", edited)
    with pytest.raises(NoEdit, match="closes over other names"), place:
        pass
    assert module.made(1) == 2


def test_clearing_caches_needs_no_jax(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "jax", raising=False)
    clear_caches(LiveFunctions(tmp_path))
