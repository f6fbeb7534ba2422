"""Write into README.md what `pv gate` prints for the project that it starts with."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

_SECTION = re.compile(r"(?<=\n## Start\n).*?(?=\n## )", re.DOTALL)
_FILE = re.compile(r"`([\w./-]+)`:?\n\n```\w+\n(.*?)```", re.DOTALL)
_BLOCK = re.compile(r"(?<=```text\n)== validate\n.*?(?=```)", re.DOTALL)
_DURATION = re.compile(r"\d+\.\d+ s\b")
_SLOWEST = re.compile(r"^slowest: .*$", re.MULTILINE)


def write_example(directory: Path) -> Path:
    """The files that README.md starts with, under their names."""
    section = _SECTION.search(README.read_text("utf-8"))
    for name, text in _FILE.findall(section[0] if section else ""):
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return directory


def printed() -> str:
    """What the gate prints there in a pipe, durations masked."""
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "pv", "gate"]
        project = write_example(Path(name))
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    masked = _SLOWEST.sub("slowest: (three steps, with their seconds)", done.stdout)
    return _DURATION.sub("# s", masked)


def shown() -> str:
    """What README.md says that it prints."""
    found = _BLOCK.search(README.read_text("utf-8"))
    if found is None:
        raise ValueError(f"{README} has no transcript: a text block that begins with == validate")
    return found[0]


def main() -> None:
    """Replace the transcript."""
    readme = README.read_text("utf-8").replace(shown(), printed())
    README.write_text(readme, "utf-8")


if __name__ == "__main__":
    main()
