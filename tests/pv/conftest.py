"""Fixtures for the tests of pv: example projects on disk, judged by every rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pv.cache import Cache
from pv.finding import Finding
from pv.rules.engine import Options, judge
from pv.rules.example import Example
from pv.rules.project import Project
from pv.workspace import open_workspace


@pytest.fixture
def project_of(tmp_path: Path) -> Callable[[Example], Project]:
    """Write an example to ``tmp_path`` and open it as a project."""
    return lambda example: Project.read(open_workspace(example.write_to(tmp_path)), Cache())


@pytest.fixture
def findings_in(
    project_of: Callable[[Example], Project],
) -> Callable[[Example], tuple[Finding, ...]]:
    """Write an example, judge it with every rule armed, and return the findings."""
    return lambda example: judge(project_of(example), Options(strict_test_binding=True)).findings
