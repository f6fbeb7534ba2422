"""Fixtures for the tests of pv: example projects on disk, judged by every rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pv.binding.index import Index
from pv.binding.resolve import bind
from pv.cache import Cache
from pv.contract.load import load_contracts
from pv.finding import Finding
from pv.rules.engine import Options, judge
from pv.rules.example import Example
from pv.rules.project import Project
from pv.workspace import open_workspace


def _write(example: Example, directory: Path) -> Path:
    """Put the files of an example under ``directory``."""
    for name, content in example.files.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return directory


def _open(directory: Path) -> Project:
    """Read the project in ``directory`` without any cache."""
    workspace = open_workspace(directory)
    cache = Cache()
    contracts = load_contracts(workspace, workspace.contract_files(), cache)
    index = Index(workspace, cache)
    return Project(workspace, contracts, index, bind(contracts, index))


@pytest.fixture
def project_of(tmp_path: Path) -> Callable[[Example], Project]:
    """Write an example to ``tmp_path`` and open it as a project."""
    return lambda example: _open(_write(example, tmp_path))


@pytest.fixture
def findings_in(
    project_of: Callable[[Example], Project],
) -> Callable[[Example], tuple[Finding, ...]]:
    """Write an example, judge it with every rule armed, and return the findings."""
    return lambda example: judge(project_of(example), Options(strict_test_binding=True)).findings
