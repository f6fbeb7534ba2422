"""Example: a tiny project as text, from which tests, --explain and docs/rules.md are made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

CONTRACT = "contracts/abs-v1.yaml"
TEST = "falsifiers/test_abs_v1.py"
SUBJECT = "absval.py"
PYPROJECT = "pyproject.toml"


class Link(str):
    """Content of a symbolic link: the path that it points to."""

    __slots__ = ()


@dataclass(frozen=True)
class Example:
    """Files of a project: path -> text (bytes for what is not text)."""

    files: MappingProxyType[str, str | bytes]

    def edit(self, path: str, old: str, new: str) -> Example:
        """Replace ``old``, which occurs exactly once in ``path``."""
        text = self.files[path]
        if not isinstance(text, str) or text.count(old) != 1:
            raise ValueError(f"{old!r} must occur exactly once in the example's {path}")
        return self.write(path, text.replace(old, new))

    def write(self, path: str, text: str | bytes) -> Example:
        """Add or replace one file."""
        return Example(MappingProxyType({**self.files, path: text}))

    def append(self, path: str, text: str) -> Example:
        """Add lines to the end of a text file."""
        return self.write(path, f"{self.files[path]!s}{text}")

    def remove(self, path: str) -> Example:
        """Leave one file out."""
        return Example(MappingProxyType({p: t for p, t in self.files.items() if p != path}))

    def write_to(self, directory: Path) -> Path:
        """Put the files under ``directory``, and return it."""
        for name, content in self.files.items():
            file = directory / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Link):
                file.symlink_to(content)
            else:
                file.write_bytes(content.encode() if isinstance(content, str) else content)
        return directory


GREEN = Example(
    MappingProxyType(
        {
            PYPROJECT: """\
[tool.pytest.ini_options]
python_functions = ["test_*", "falsify_*"]

[tool.pv]
""",
            SUBJECT: '''\
def absval(x):
    """Absolute value."""
    return x if x > 0 else -x
''',
            CONTRACT: """\
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
    domain: "x real"
    invariants: ["f(x) >= 0"]
    implementations: [plain]
falsification_tests:
- id: FALSIFY-ABS-001
  rule: never negative
  prediction: "f(x) >= 0 for integers of magnitude up to the largest"
  test: falsifiers/test_abs_v1.py::falsify_abs_001_never_negative
  covers: [absval]
  params: {largest: 3}
  mutants: [sign-kept]
  if_fails: the sign survives
mutants:
- id: sign-kept
  target: "absval:absval"
  replace: "-x"
  with: "x"
  why: the negative branch returns its input
""",
            TEST: """\
def falsify_abs_001_never_negative(falsifier, implementation):
    largest = falsifier.params["largest"]
    for x in range(-largest, largest + 1):
        assert implementation(x=x) >= 0
""",
        }
    )
)
