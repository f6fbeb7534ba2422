"""Write into README.md what `pv gate` prints here, durations masked; takes as long as the gate."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

_BLOCK = re.compile(r"(?<=```text\n)== validate\n.*?(?=```)", re.DOTALL)
_DURATION = re.compile(r"\d+\.\d+ s\b")


def printed() -> str:
    """What the gate prints in a pipe, durations masked."""
    command = [sys.executable, "-m", "pv", "gate"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return _DURATION.sub("# s", done.stdout)


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
