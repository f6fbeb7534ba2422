"""What ``pv validate`` and ``pv lint`` do: load, index, bind, judge, report."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path

from pv.cache import Cache
from pv.contract.load import load_contracts
from pv.exit_code import UsageError
from pv.report.model import Report, count
from pv.rules.engine import Options, judge, judge_contracts
from pv.rules.project import Project
from pv.workspace import CONTRACT_SUFFIXES, Workspace, files_under, open_workspace


def validate(workspace: Workspace, files: tuple[Path, ...], scope: str, options: Options) -> Report:
    """Judge each contract by itself."""
    cache = Cache.for_root(workspace.root)
    contracts = load_contracts(workspace.root, files, cache)
    cache.save()
    judgement = judge_contracts(contracts, options, workspace.config.ignore)
    return Report(
        findings=judgement.findings,
        suppressed=judgement.suppressed,
        denominators=count(contracts),
        scope=scope,
    )


def lint(workspace: Workspace, options: Options) -> Report:
    """Judge all contracts of a project, and what ties them to each other and to its tests."""
    cache = Cache.for_root(workspace.root)
    project = Project.read(workspace, cache)
    judgement = judge(project, options)
    cache.save()
    return Report(
        findings=judgement.findings,
        suppressed=judgement.suppressed,
        denominators=count(project.contracts, project.bindings),
        scope=scope_of(workspace),
    )


def open_project(start: Path) -> Workspace:
    """The project that ``start`` belongs to: its directory, one in it, or one of its contracts."""
    workspace = open_workspace(start)
    # A file that the project does not know would be passed over in silence.
    if start.is_file() and start.absolute() not in workspace.contract_files():
        raise UsageError(
            f"{start}: not a contract of the project in {workspace.root}, whose contracts are in "
            f"{', '.join(workspace.config.contracts)}; `pv validate` judges single files"
        )
    return workspace


def scope_of(workspace: Workspace) -> str:
    """Where the contracts of a project are, in words."""
    return ", ".join(str(workspace.root / name) for name in workspace.config.contracts)


def files_named(arguments: Iterable[str]) -> tuple[Path, ...]:
    """Contracts that files, directories and globs name, each once."""
    return files_under(path for argument in arguments for path in _expand(argument))


def _expand(argument: str) -> Iterator[Path]:
    """Path of one argument, or what a glob that the shell left alone matches."""
    path = Path(argument)
    if path.exists():
        yield path
        return
    if not glob.has_magic(argument):
        raise UsageError(f"{argument}: no such file or directory")
    matches = [Path(match) for match in sorted(glob.glob(argument, recursive=True))]
    matches = [match for match in matches if match.is_dir() or match.suffix in CONTRACT_SUFFIXES]
    if not matches:
        raise UsageError(f"{argument}: the pattern matches no contract and no directory")
    yield from matches
