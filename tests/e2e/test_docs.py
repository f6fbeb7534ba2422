"""What the documents say is what the code does."""

import subprocess
import sys

from docs import transcript


def test_generated_files_are_current():
    # The command itself: what other tests did to this process must not be in the documents.
    command = [sys.executable, "docs/generate.py", "--check"]
    done = subprocess.run(command, cwd=transcript.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_readme_shows_what_the_gate_prints():
    assert transcript.shown() == transcript.printed(), "run `make docs`"
