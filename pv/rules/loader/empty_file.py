"""PV-YAML-003: empty-file."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class EmptyFile(LoaderRule):
    """The file holds no data."""

    code = "PV-YAML-003"
    name = "empty-file"
    why = "An empty contract would be judged clean, and it claims nothing."
    bad = GREEN.write(CONTRACT, "# to be written\n")
    good = GREEN
