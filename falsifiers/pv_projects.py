"""Tiny projects for falsifiers of `pv`: some claims, each with a test file of its own; and a lint.

A claim is called by one word. It is one falsifier of the project's contract, bound to one function
that holds. A drift is an edit of these files; what it must lead to is read off the edited files.
"""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

CONTRACT = "contracts/claims-v1.yaml"
PYPROJECT = "pyproject.toml"
SUBJECT = "absval.py"

_HEAD = """\
metadata:
  version: "1.0.0"
  description: absolute value
  references: [any textbook]
implementations:
  plain: {target: "absval:absval"}
equations:
  absval:
    formula: "f(x) = |x|"
    signature: "(x)"
    implementations: [plain]
falsification_tests:
"""


# Exit codes of a run that came to its end; any other is a breakdown.
_VERDICTS = (0, 1, 2, 3)


class Place(NamedTuple):
    """Where a finding must stand."""

    path: str
    line: int


class Found(NamedTuple):
    """A finding: which rule, and where."""

    code: str
    path: str
    line: int


def id_of(word: str) -> str:
    """Id of the falsifier of a claim."""
    return f"CLAIM-{word.upper()}"


def name_of(word: str) -> str:
    """Name of the function of a claim."""
    return f"falsify_claim_{word}_never_negative"


def file_of(word: str) -> str:
    """File of the function of a claim."""
    return f"falsifiers/test_{word}.py"


def citation_of(word: str) -> str:
    """What the contract cites for a claim."""
    return f"{file_of(word)}::{name_of(word)}"


def function_of(word: str, body: str = "assert implementation(x=-1) >= 0\n") -> str:
    """The function of a claim, as text."""
    return f"def {name_of(word)}(implementation):\n{textwrap.indent(body, '    ')}"


def class_of(word: str) -> str:
    """Name of the class that may hold the function of a claim."""
    return f"Test{word.title()}"


def contract_of(*words: str) -> str:
    """A contract of these claims, as text."""
    return _HEAD + "".join(
        f"- id: {id_of(word)}\n"
        f"  rule: {word}\n"
        '  prediction: "f(-1) >= 0"\n'
        f"  test: {citation_of(word)}\n"
        "  covers: [absval]\n"
        "  if_fails: the sign survives\n"
        for word in words
    )


@dataclass(frozen=True)
class Project:
    """Files of a project, path -> text. Every change makes a new project."""

    files: Mapping[str, str]

    def edit(self, path: str, old: str, new: str) -> Project:
        """Replace ``old``, which occurs exactly once in ``path``."""
        before, after = self.files[path].split(old)
        return self.write(path, before + new + after)

    def append(self, path: str, text: str) -> Project:
        """Add text at the end of ``path``."""
        return self.write(path, self.files[path] + text)

    def write(self, path: str, text: str) -> Project:
        """Add or replace one file."""
        return Project({**self.files, path: text})

    def without(self, path: str) -> Project:
        """Leave one file out."""
        return Project({p: text for p, text in self.files.items() if p != path})

    def cite(self, word: str, citation: str) -> Project:
        """Have the falsifier of a claim cite something else."""
        at = self.citation(word).line - 1
        lines = self.files[CONTRACT].splitlines()
        # JSON's quoted text is YAML's as well.
        lines[at] = f"  test: {json.dumps(citation)}"
        return self.write(CONTRACT, "\n".join([*lines, ""]))

    def body(self, word: str, body: str) -> Project:
        """Give the function of a claim another body."""
        return self.write(file_of(word), function_of(word, body))

    def above(self, word: str, text: str) -> Project:
        """Put text above the function of a claim, or the class that holds it."""
        return self.write(file_of(word), text + self.files[file_of(word)])

    def in_class(self, word: str) -> Project:
        """Make the function of a claim a method, and have it cited as one."""
        method = function_of(word).replace("(implementation)", "(self, implementation)")
        text = f"class {class_of(word)}:\n{textwrap.indent(method, '    ')}"
        citation = f"{file_of(word)}::{class_of(word)}::{name_of(word)}"
        return self.write(file_of(word), text).cite(word, citation)

    def place(self, path: str, text: str) -> Place:
        """Where ``text``, which occurs exactly once in ``path``, begins."""
        before, _ = self.files[path].split(text)
        return Place(path, before.count("\n") + 1)

    def entry(self, word: str) -> Place:
        """Where the falsifier of a claim begins, with its id."""
        return self.place(CONTRACT, f"id: {id_of(word)}\n")

    def citation(self, word: str) -> Place:
        """Where the falsifier of a claim cites its test."""
        line = self.entry(word).line
        while not self.files[CONTRACT].splitlines()[line - 1].startswith("  test:"):
            line += 1
        return Place(CONTRACT, line)

    def definition(self, word: str) -> Place:
        """Where the function of a claim is defined."""
        return self.place(file_of(word), f"def {name_of(word)}(")

    def write_to(self, directory: Path) -> Path:
        """Put the files under ``directory``, and return it."""
        for path, text in self.files.items():
            file = directory / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        return directory


def claims(*words: str) -> Project:
    """A project of these claims, in which everything holds."""
    return Project(
        {
            PYPROJECT: '[tool.pv]\n\n[tool.pytest.ini_options]\npython_functions = ["falsify_*"]\n',
            SUBJECT: "def absval(x):\n    return x if x > 0 else -x\n",
            CONTRACT: contract_of(*words),
            **{file_of(word): function_of(word) for word in words},
        }
    )


@dataclass(frozen=True)
class Linted:
    """What ``pv lint --strict-test-binding`` said of a project, and how it ended."""

    exit_code: int
    report: Mapping[str, Any]
    stderr: str

    @property
    def found(self) -> list[Found]:
        """Its findings, sorted."""
        return sorted(
            Found(f["code"], f["path"], f["line"]) for f in self.report.get("findings", ())
        )

    @property
    def is_clean(self) -> bool:
        """True where it judged something and found nothing."""
        return self.exit_code == 0 and self.found == [] and self.counts("contracts", "judged") > 0

    def at(self, place: Place) -> Mapping[str, Any]:
        """The one finding at a place."""
        (finding,) = (f for f in self.report["findings"] if (f["path"], f["line"]) == place)
        return dict(finding)

    def counts(self, of: str, which: str) -> int:
        """One of its denominators."""
        return int(self.report["denominators"][of][which])


def lint(cli: Callable[..., Any], start: Path) -> Linted:
    """Lint the project that ``start`` lies in; nothing is remembered for another run."""
    command = ("lint", "--strict-test-binding", "--format", "json", start)
    done = cli("pv", *command, env={"XDG_CACHE_HOME": os.devnull})
    if done.exit_code not in _VERDICTS:  # a tool that breaks has noticed nothing
        raise RuntimeError(done.stderr)
    return Linted(done.exit_code, json.loads(done.stdout) if done.stdout else {}, done.stderr)


def expected(*findings: tuple[str, Place]) -> list[Found]:
    """These codes at these places, in the order in which they are compared."""
    return sorted(Found(code, *place) for code, place in findings)


def commit(directory: Path) -> None:
    """Make ``directory`` a git repository whose one commit holds its files."""
    # Inside a hook these name the repository of the hook.
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    for command in (["init"], ["add", "."], ["commit", "-m", "as it was"]):
        git = ["git", "-C", directory, *who, *command]
        subprocess.run(git, check=True, capture_output=True, env=env)
