"""Selftest: a project of planted liars, each of which must be judged for what it is."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from pv.exit_code import ExitCode
from pv.proof.prove import prove
from pv.proof.verdicts import Verdict

_PYPROJECT = """\
[tool.pytest.ini_options]
python_functions = ["test_*", "falsify_*"]

[tool.pv]
"""

_SUBJECT = """\
def absval(x):
    return x if x >= 0 else -x
"""

_TEST = """\
from absval import absval


def falsify_liar_001_honest():
    assert absval(-2) == 2


def falsify_liar_002_immune():
    assert absval(-2) is not None


def falsify_liar_003_red_on_arrival():
    assert absval(-2) == 3


def falsify_liar_004_equivalent():
    assert absval(0) == 0


def falsify_liar_005_vanished():
    assert absval(-2) == 2


def falsify_liar_006_sibling_catches():
    assert absval(2) == 2


def falsify_liar_007_raises():
    assert {2: True}[absval(-2)]
"""

_HEAD = """\
metadata:
  version: "1.0.0"
  description: liars
  references: [pv]
equations:
  absval:
    formula: "f(x) = |x|"
mutants:
- {id: sign-kept, target: "absval:absval", replace: "-x", with: "x", why: a fault}
- {id: sign-kept-too, target: "absval:absval", replace: "-x", with: "x", why: the same}
- {id: equivalent, target: "absval:absval", replace: "x >= 0", with: "x > 0", why: no fault}
- {id: vanished, target: "absval:gone", replace: "-x", with: "x", why: no target}
falsification_tests:
"""

_ENTRY = """\
- id: FALSIFY-LIAR-{number:03d}
  rule: {name}
  prediction: f is the absolute value
  if_fails: the tool cannot tell liars
  test: falsifiers/test_liars.py::falsify_liar_{number:03d}_{name}
  mutants: [{mutant}]
"""

# Contract, name, the mutant that is cited, and what the tool must say.
_LIARS = (
    ("honest", "honest", "sign-kept", Verdict.KILLED, ""),
    ("immune", "immune", "sign-kept", Verdict.SURVIVED_UNASSERTED, ""),
    ("red", "red_on_arrival", "sign-kept", Verdict.BASELINE_RED, "failed"),
    ("equivalent", "equivalent", "equivalent", Verdict.SURVIVED_UNASSERTED, ""),
    ("vanished", "vanished", "vanished", Verdict.VOID, "missing"),
    ("honest", "sibling_catches", "sign-kept-too", Verdict.WRONG_RED, "sibling"),
    ("raises", "raises", "sign-kept", Verdict.WRONG_RED, "exception"),
)


@dataclass(frozen=True, slots=True)
class Report:
    """Each liar with its verdict, and whether that is the right one."""

    text: str
    exit_code: ExitCode

    @property
    def summary(self) -> str:
        """The last line; everything where a liar got away."""
        return self.text.splitlines(keepends=True)[-1] if not self.exit_code else self.text


def selftest(workers: int = 0) -> Report:
    """Plant the liars, prove them, and compare; a wrong verdict is a broken tool (exit 4)."""
    with tempfile.TemporaryDirectory(prefix="pv-selftest-") as name:
        root = Path(name)
        _plant(root)
        result = prove(root, workers=workers)
    found = {judgement.falsifier: judgement.word for judgement in result.judgements}
    lines, wrong = [], 0
    for number, (_, liar, _, verdict, reason) in enumerate(_LIARS, start=1):
        expected = f"{verdict.value}({reason})" if reason else verdict.value
        word = found.get(f"FALSIFY-LIAR-{number:03d}", "no verdict")
        is_right = word == expected
        wrong += not is_right
        lines.append(f"{word:<20} {liar}{'' if is_right else f': WRONG, it is {expected}'}")
    lines += [f"leftover: {leftover}" for leftover in result.leftovers]
    lines.append(f"liars {len(_LIARS)} judged right {len(_LIARS) - wrong}")
    is_sound = not wrong and not result.leftovers
    return Report("\n".join(lines) + "\n", ExitCode.CLEAN if is_sound else ExitCode.INTERNAL)


def _plant(root: Path) -> None:
    files = {
        "pyproject.toml": _PYPROJECT,
        "absval.py": _SUBJECT,
        "falsifiers/test_liars.py": _TEST,
    }
    for number, (contract, name, mutant, *_) in enumerate(_LIARS, start=1):
        path = f"contracts/{contract}-v1.yaml"
        entry = _ENTRY.format(number=number, name=name, mutant=mutant)
        files[path] = files.get(path, _HEAD) + entry
    for path, text in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text, "utf-8")
