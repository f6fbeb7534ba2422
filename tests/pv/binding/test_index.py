"""What the index knows of modules: targets, imports, and what a helper leads to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pv.binding.index import Index
from pv.rules.example import GREEN, SUBJECT, TEST, Example
from pv.rules.project import Project


@pytest.fixture
def index(project_of: Callable[[Example], Project]) -> Index:
    """A project with a package, a re-export, a relative import and a helper beside the test."""
    example = (
        GREEN.append(
            SUBJECT, "\n\nfrom math import fabs\n\n\nclass Head:\n    def apply(self): ...\n"
        )
        .write(
            "pack/__init__.py", "from .deep import kernel\nfrom absval import absval\nGAIN = 2\n"
        )
        .write("pack/deep.py", "import numpy.testing\n\n\ndef kernel(x):\n    return x\n")
        .write("falsifiers/checks.py", "import pack.deep\n")
        .edit(TEST, "def falsify", "import checks\n\n\ndef falsify")
    )
    return project_of(example).index


@pytest.mark.parametrize(
    "target",
    [
        "absval:absval",
        "absval:Head",
        "absval:Head.apply",
        "pack:kernel",
        "pack:absval",
        "pack:GAIN",
    ],
)
def test_target_that_exists(target: str, index: Index) -> None:
    assert index.target_problem(target) is None


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("absval", "not written `module:attribute`"),
        (":absval", "not written `module:attribute`"),
        ("absval:", "not written `module:attribute`"),
        ("math:fabs", "no module 'math' in this project"),
        ("pack.shallow:kernel", "no module 'pack.shallow'"),
        ("../absval:absval", "no module '../absval'"),
        ("absval:absvalue", "absval.py defines no 'absvalue'"),
        ("absval:Head.call", "absval.py defines no 'Head.call'"),
        ("absval:fabs", "only imports 'fabs', from outside the project"),
    ],
)
def test_target_that_does_not(target: str, message: str, index: Index) -> None:
    problem = index.target_problem(target)
    assert problem is not None
    assert message in problem[0]


def test_near_miss_of_a_target_is_named(index: Index) -> None:
    assert index.target_problem("absval:absvalue") == (
        "absval.py defines no 'absvalue'",
        "did you mean absval:absval?",
    )


def test_imports_of_a_file(index: Index) -> None:
    assert index.imports("pack/__init__.py") == {"pack/__init__.py", "pack/deep.py", "absval.py"}
    assert index.imports("pack/deep.py") == frozenset()
    assert index.imports(TEST) == {"falsifiers/checks.py"}
    assert index.imports("falsifiers/checks.py") == {"pack/__init__.py", "pack/deep.py"}
    assert index.imports("gone.py") == frozenset()
