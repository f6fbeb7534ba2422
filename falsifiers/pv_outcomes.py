"""Tiny projects for `pv` to judge, each with an outcome that is known from how it is written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_ROOT = Path(__file__).parents[1]

_PYPROJECT = """\
[tool.pytest.ini_options]
python_functions = ["test_*", "falsify_*"]

[tool.pv]
"""

_HEAD = """\
import pytest


def identity(x):
    return x


@pytest.fixture
def broken():
    raise RuntimeError("no such thing")
"""

# What becomes of a falsifier -> its test, with the arguments of the function first.
_TESTS = {
    "passed": "def falsify_{}():\n    assert identity(1) == 1\n",
    "failed": "def falsify_{}():\n    assert identity(1) == 2\n",
    "error": "def falsify_{}(broken):\n    assert identity(1) == 1\n",
    "xfail": "@pytest.mark.xfail\ndef falsify_{}():\n    assert identity(1) == 2\n",
    "xpass": "@pytest.mark.xfail(strict=False)\ndef falsify_{}():\n    assert identity(1) == 1\n",
    "skipped": "def falsify_{}():\n    pytest.skip('not today')\n",
    "not measured": "def falsify_{}():\n    assert identity(1) == 2\n",
}
_ABSENT = {"level": "live", "world": {"backend": "gpu"}}

# Python imports a module of this name at its start, if it finds one.
_AT_START = "sitecustomize.py"

_LISTING = """\
import os

scandir = os.scandir


class Listing:
    def __init__(self, path="."):
        with scandir(path) as entries:
            self.entries = iter(sorted(entries, key=lambda entry: entry.name, reverse={reverse}))

    def __iter__(self):
        return self.entries

    def __next__(self):
        return next(self.entries)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass


os.scandir = Listing
"""

_CLOSED_PIPE = """\
import os

reader, writer = os.pipe()
os.dup2(writer, 1)
os.close(writer)
os.close(reader)
"""

_NO_PROCESS = """\
import subprocess


class Popen(subprocess.Popen):
    def __init__(self, *arguments, **options):
        raise RuntimeError("no process can be started")


subprocess.Popen = Popen
"""


def project(root: Path, contracts: Mapping[str, str], options: str = _PYPROJECT) -> Path:
    """A project in the new directory ``root``: contracts by stem, no tests yet."""
    (root / "contracts").mkdir(parents=True)
    (root / "pyproject.toml").write_text(options)
    for stem, text in contracts.items():
        (root / "contracts" / f"{stem}.yaml").write_text(text)
    return root


def contract(
    falsifiers: Iterable[Mapping[str, object]], *, status: str = "", letter: str = "X"
) -> str:
    """A contract that is well formed and complete, but for what its falsifiers lack."""
    metadata = {"version": "1.0.0", "description": "identity", "references": ["any textbook"]}
    content = {
        "metadata": {**metadata, **({"status": status} if status else {})},
        "equations": {"identity": {"formula": "f(x) = x"}},
        "proof_obligations": [
            {"type": "invariant", "property": "kept", "formal": "f(x) = x", "applies_to": "all"}
        ],
        "qa_gate": {"id": f"F-{letter}-001", "name": "identity"},
        "falsification_tests": list(falsifiers),
    }
    return json.dumps(content, indent=1)  # YAML reads it as well


def unbound(
    numbers: Iterable[int], *, prediction: str = "f(x) = x", letter: str = "X"
) -> Iterator[dict[str, object]]:
    """Falsifiers that cite no test."""
    for number in numbers:
        yield {
            "id": f"FALSIFY-{letter}-{number:03}",
            "rule": "the argument comes back",
            "prediction": prediction,
            "if_fails": "something else comes back",
        }


def outcomes(root: Path, numbers: Mapping[str, int], **options: str) -> Path:
    """A project with as many falsifiers of each outcome as ``numbers`` says."""
    words = [word for word, number in numbers.items() for _ in range(number)]
    entries, tests = [], [_HEAD]
    for entry, (number, word) in zip(unbound(range(len(words))), enumerate(words), strict=True):
        if word in _TESTS:
            name = f"x_{number:03}_identity"
            tests.append(_TESTS[word].format(name))
            entry["test"] = f"falsifiers/test_x_v1.py::falsify_{name}"
        entries.append({**entry, **(_ABSENT if word == "not measured" else {})})
    project(root, {"x-v1": contract(entries)}, **options)
    (root / "falsifiers").mkdir()
    (root / "falsifiers" / "test_x_v1.py").write_text("\n\n".join(tests))
    return root


def listed(folder: Path, *, backwards: bool) -> dict[str, str]:
    """An environment in which directories are listed by name, forwards or backwards."""
    return _at_start(folder, _LISTING.format(reverse=backwards))


def closed_pipe(folder: Path) -> dict[str, str]:
    """An environment in which nobody reads what a command writes to standard output."""
    # Without a buffer nothing is left for Python to write at its end.
    return _at_start(folder, _CLOSED_PIPE) | {"PYTHONUNBUFFERED": ""}


def no_process(folder: Path) -> dict[str, str]:
    """An environment in which a command breaks where it starts a process."""
    return _at_start(folder, _NO_PROCESS)


def _at_start(folder: Path, code: str) -> dict[str, str]:
    folder.mkdir()
    (folder / _AT_START).write_text(code)
    path = (os.fspath(folder), os.fspath(_ROOT), os.environ.get("PYTHONPATH"))
    return {"PYTHONPATH": os.pathsep.join(filter(None, path))}
