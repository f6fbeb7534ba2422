"""The examples of the guides run, those of one guide in their order and in one program."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("guide", ["formats.md", "losses.md", "models.md"])
def test_examples_of_a_guide_run(guide: str) -> None:
    text = (DOCS / guide).read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    assert blocks
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, guide, "exec"), names)
