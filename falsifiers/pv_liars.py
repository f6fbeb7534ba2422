"""Planted liars for falsifiers of `pv prove`: a project of them, and what the command said of it.

A liar is a falsifier of the planted project, called by one word; it is bound to one function, and
cites faults of `absval`. What a function does can be read off its text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pv.run.cli_fixture import Cli

SUBJECT = """\
def absval(x):
    return x if x > 0 else -x
"""
HONEST = "assert absval(-2) == 2"
IMMUNE = "assert absval(-2) is not None"
POSITIVE_ONLY = "assert absval(2) == 2"

_PYPROJECT = '[tool.pv]\n\n[tool.pytest.ini_options]\npython_functions = ["falsify_*"]\n'


@dataclass(frozen=True)
class Fault:
    """A declared mutant of the planted project."""

    id: str = "sign-kept"
    replace: str = "-x"
    instead: str = "x"
    target: str = "absval:absval"
    raises: str = ""

    def entry(self) -> dict[str, str]:
        """As it stands in a contract."""
        entry = {
            "id": self.id,
            "target": self.target,
            "replace": self.replace,
            "with": self.instead,
            "why": "a fault",
        }
        return entry | ({"raises": self.raises} if self.raises else {})


@dataclass(frozen=True)
class Liar:
    """A falsifier of the planted project; further lines of ``body`` bring their indentation."""

    name: str
    body: str
    faults: tuple[Fault, ...] = (Fault(),)
    subject: str = "absval"
    """The function that it is about, in the module of that name."""
    takes: str = ""
    """Parameters of its function; with `implementation` among them it covers the equation."""
    decorator: str = ""
    contract: str = "liars-v1"

    def entry(self) -> dict[str, object]:
        """As it stands in a contract."""
        return {
            "id": f"LIAR-{self.name.upper()}",
            "rule": self.name,
            "prediction": "f(x) = |x|",
            "if_fails": "the sign survives",
            "test": self.case(),
            "covers": ["absval"] if "implementation" in self.takes else [],
            "mutants": [fault.id for fault in self.faults],
        }

    def code(self) -> str:
        """As it stands in the test file."""
        decorator = f"{self.decorator}\n" if self.decorator else ""
        return f"{decorator}def {self._function()}({self.takes}):\n    {self.body}\n"

    def case(self, case: str = "") -> str:
        """How pytest names its function, or a case of it."""
        return f"{self.file}::{self._function()}{case}"

    @property
    def file(self) -> str:
        """Where its function stands; liars about one subject stand together."""
        return f"falsifiers/test_{self.subject}.py"

    def _function(self) -> str:
        return f"falsify_liar_{self.name.replace('-', '_')}_lies"


def plant(
    root: Path,
    *liars: Liar,
    subject: str = SUBJECT,
    prelude: str = "",
    others: Mapping[str, str] | None = None,
) -> Path:
    """Write a project of ``liars``: ``prelude`` opens its test files, ``others`` are more files."""
    files = {"pyproject.toml": _PYPROJECT, "absval.py": subject, **(others or {})}
    for about in {liar.subject for liar in liars}:
        head = f"import os\nimport pytest\nfrom {about} import {about}\n{prelude}\n"
        mine = [liar for liar in liars if liar.subject == about]
        files[mine[0].file] = "\n\n".join([head, *(liar.code() for liar in mine)])
    for name in {liar.contract for liar in liars}:
        mine = [liar for liar in liars if liar.contract == name]
        # JSON is YAML as well.
        files[f"contracts/{name}.yaml"] = json.dumps(_contract(mine), indent=1)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


def _contract(liars: Iterable[Liar]) -> dict[str, object]:
    liars = tuple(liars)
    faults = {fault.id: fault.entry() for liar in liars for fault in liar.faults}
    equation: dict[str, object] = {"formula": "f(x) = |x|", "signature": "(x)"}
    contract: dict[str, object] = {
        "metadata": {"version": "1.0.0", "description": "liars", "references": ["any textbook"]},
        "equations": {"absval": equation},
        "falsification_tests": [liar.entry() for liar in liars],
        "mutants": list(faults.values()),
    }
    if any("implementation" in liar.takes for liar in liars):
        equation["implementations"] = ["plain"]
        contract["implementations"] = {"plain": {"target": "absval:absval"}}
    return contract


@dataclass(frozen=True)
class Proof:
    """What ``pv prove`` said, and how it ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """Its report; empty where it has printed none."""
        return dict(json.loads(self.stdout)) if self.stdout else {}

    @property
    def judgements(self) -> list[dict[str, Any]]:
        """One for each fault before each falsifier."""
        return list(self.document["judgements"])

    @property
    def codes(self) -> list[str]:
        """The codes of its findings."""
        return [finding["code"] for finding in self.document["findings"]]

    @property
    def proven(self) -> list[str]:
        """The liars that are shown to be able to fail."""
        return [name_of(key.partition("/")[2]) for key in self.document.get("proven", ())]

    def by_liar(self) -> dict[str, str]:
        """The verdict on each liar that cites one fault."""
        return {name_of(j["falsifier"]): _word(j) for j in self._declared()}

    def by_fault(self) -> dict[str, str]:
        """The verdict on each fault that one liar cites."""
        return {j["mutant"]: _word(j) for j in self._declared()}

    def extreme(self, liar: str) -> dict[str, str]:
        """The verdict on each result that was put in place of the implementation's."""
        mine = [j for j in self.judgements if j["is_extreme"] and name_of(j["falsifier"]) == liar]
        return {j["mutant"]: _word(j) for j in mine}

    def red(self, liar: str) -> list[str]:
        """The cases that the fault of a liar turned red."""
        (mine,) = (j for j in self._declared() if name_of(j["falsifier"]) == liar)
        return list(mine["red"])

    def _declared(self) -> list[dict[str, Any]]:
        return [j for j in self.judgements if not j["is_extreme"]]


def prove(cli: Cli, root: Path, *arguments: str) -> Proof:
    """Prove the project at ``root``."""
    done = cli("pv", "prove", "--format", "json", "--workers", "1", *arguments, cwd=root)
    return Proof(done.exit_code, done.stdout, done.stderr)


def record_of(liar: Liar) -> str:
    """The file in which a project keeps what was shown of a liar."""
    return f"evidence/{liar.contract}/LIAR-{liar.name.upper()}@cpu.json"


def name_of(falsifier: str) -> str:
    """The liar's name, from the id that it has as a falsifier."""
    return falsifier.removeprefix("LIAR-").lower()


def _word(judgement: Mapping[str, str]) -> str:
    verdict, reason = judgement["verdict"], judgement["reason"]
    return f"{verdict}({reason})" if reason else verdict


def digests(root: Path) -> dict[str, str]:
    """Digest of every file of a project; what Python keeps beside them is none of them."""
    files = sorted(p for p in root.rglob("*") if p.is_file() and p.suffix != ".pyc")
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
