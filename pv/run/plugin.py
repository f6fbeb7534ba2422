"""The pytest plugin ``pv``. It does nothing unless the rootdir has ``[tool.pv]``."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pv.workspace import Workspace


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--pv-session`` is how ``pv run`` starts pytest."""
    group = parser.getgroup("pv", "falsifiers of contracts")
    group.addoption("--pv-session", metavar="DIR", help="set by `pv run`; not for people")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Prepare before the first conftest is imported: rewriting starts with it."""
    if not _is_project(early_config.rootpath):
        return
    from pv.exit_code import UsageError
    from pv.run.assertions import may_assert, see_rewritten_asserts
    from pv.workspace import open_workspace

    try:
        workspace = open_workspace(early_config.rootpath)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    undo = ExitStack()
    early_config.stash[_PROJECT] = (workspace, undo)
    see_rewritten_asserts(lambda path: may_assert(path, workspace), undo)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load the project and take part in the session."""
    if _PROJECT not in config.stash:
        return
    from pv.run.session import FalsifierSession

    workspace, undo = config.stash[_PROJECT]
    _make_importable([workspace.root / name for name in workspace.config.source])
    config.pluginmanager.register(FalsifierSession(config, workspace, undo), "pv-session")


_PROJECT = pytest.StashKey[tuple["Workspace", ExitStack]]()


def _is_project(root: Path) -> bool:
    import tomllib

    try:
        options = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return "pv" in options.get("tool", {})


def _make_importable(directories: list[Path]) -> None:
    """Last on the path: an installed package and pytest's own choice come first."""
    for directory in map(str, directories):
        if Path(directory).is_dir() and directory not in sys.path:
            sys.path.append(directory)
