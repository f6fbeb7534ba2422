"""What the documents say is what the code does."""

import pytest

from docs import generate, transcript


def test_generated_files_are_current():
    assert generate.stale() == [], "run `make docs`"


@pytest.mark.slow
def test_readme_shows_what_the_gate_prints():
    assert transcript.shown() == transcript.printed(), "run `make docs`"
