"""A project as it was at a commit, read from real repositories."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pv.exit_code import UsageError
from pv.gate.base import read_base
from pv.proof.changed import changed_files
from pv.rules.example import CONTRACT, GREEN, PYPROJECT, Example
from pv.workspace import open_workspace

_AUTHOR = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
RECORD = "evidence/abs-v1/FALSIFY-ABS-001@cpu.json"

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Run git in a new repository."""

    def run(*arguments: str, cwd: Path = tmp_path) -> str:
        command = ["git", *_AUTHOR, *arguments]
        return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout

    run("init", "-q", "-b", "main")
    return run


def commit(git: Git, example: Example, directory: Path) -> None:
    example.write_to(directory)
    git("add", "-A")
    git("commit", "-qm", "x")


def names(directory: Path, ref: str = "HEAD") -> list[tuple[str, str]]:
    base = read_base(open_workspace(directory), ref)
    return [(loaded.name, loaded.path) for loaded in base.contracts]


def test_base_is_what_was_committed_and_not_what_is_there_now(git: Git, tmp_path: Path) -> None:
    commit(git, GREEN.write(RECORD, "old"), tmp_path)
    first = git("rev-parse", "HEAD").strip()
    commit(git, GREEN.edit(CONTRACT, "largest: 3", "largest: 2").write(RECORD, "new"), tmp_path)
    GREEN.edit(CONTRACT, "largest: 3", "largest: 1").write_to(tmp_path)
    for ref, largest, record in (("main~1", 3, "old"), (first[:8], 3, "old"), ("main", 2, "new")):
        base = read_base(open_workspace(tmp_path), ref)
        (loaded,) = base.contracts
        assert loaded.contract is not None
        assert loaded.contract.falsification_tests[0].params == {"largest": largest}
        assert base.records == {RECORD: record}
        assert base.commit == git("rev-parse", ref).strip()


def test_project_in_a_subdirectory(git: Git, tmp_path: Path) -> None:
    project = tmp_path / "tools" / "abs"
    GREEN.write(CONTRACT.replace("abs", "outer"), "metadata: {}").write_to(tmp_path)
    commit(git, GREEN.write(RECORD, "{}").write("evidence/README.md", "no record"), project)
    assert names(project) == [("abs-v1", CONTRACT)]
    assert read_base(open_workspace(project), "HEAD").records == {RECORD: "{}"}


def test_directory_that_the_base_configured_counts(git: Git, tmp_path: Path) -> None:
    moved = GREEN.remove(CONTRACT).write("specs/abs-v1.yaml", GREEN.files[CONTRACT])
    commit(git, moved.append(PYPROJECT, 'contracts = ["specs"]\nfuture = ["x"]\n'), tmp_path)
    GREEN.write("contracts/new-v1.yaml", GREEN.files[CONTRACT]).write_to(tmp_path)
    assert names(tmp_path) == [("abs-v1", "specs/abs-v1.yaml")]


def test_directory_may_be_configured_by_its_whole_path(git: Git, tmp_path: Path) -> None:
    commit(git, GREEN.append(PYPROJECT, f'contracts = ["{tmp_path}/contracts/"]\n'), tmp_path)
    assert names(tmp_path) == [("abs-v1", CONTRACT)]


def test_only_what_is_a_contract_now_was_one_then(git: Git, tmp_path: Path) -> None:
    text = GREEN.files[CONTRACT]
    example = GREEN
    for path in ("build/a.yaml", ".git2/a.yaml", ".draft.yaml", "note.txt", "deep/er/b-v1.yml"):
        example = example.write(f"contracts/{path}", text)
    commit(git, example, tmp_path)
    workspace = open_workspace(tmp_path)
    now = [workspace.relative(file) for file in workspace.contract_files()]
    assert sorted(path for _, path in names(tmp_path)) == now
    assert now == [CONTRACT, "contracts/build/a.yaml", "contracts/deep/er/b-v1.yml"]


def test_attributes_of_an_archive_hide_nothing(git: Git, tmp_path: Path) -> None:
    commit(git, GREEN.write(".gitattributes", "contracts export-ignore\n"), tmp_path)
    assert names(tmp_path) == [("abs-v1", CONTRACT)]


def test_links_are_followed_as_in_the_working_tree(git: Git, tmp_path: Path) -> None:
    GREEN.remove(CONTRACT).write("specs/real.yaml", GREEN.files[CONTRACT]).write_to(tmp_path)
    (tmp_path / "contracts").symlink_to("specs")
    (tmp_path / "specs/abs-v1.yaml").symlink_to("real.yaml")
    (tmp_path / "specs/lost-v1.yaml").symlink_to("absent.yaml")
    (tmp_path / "specs/host-v1.yaml").symlink_to("/etc/hostname")
    (tmp_path / "specs/round-v1.yaml").symlink_to("round-v1.yaml")
    git("add", "-A")
    git("commit", "-qm", "x")
    base = read_base(open_workspace(tmp_path), "HEAD")
    assert [loaded.path for loaded in base.contracts] == [CONTRACT, "contracts/real.yaml"]
    assert [loaded.contract is not None for loaded in base.contracts] == [True, True]


def test_names_of_any_characters(git: Git, tmp_path: Path) -> None:
    example = GREEN.write("contracts/größe v1\n.yaml", GREEN.files[CONTRACT])
    commit(git, example, tmp_path)
    assert ("größe v1\n", "contracts/größe v1\n.yaml") in names(tmp_path)


def test_base_without_the_project_has_no_contracts(git: Git, tmp_path: Path) -> None:
    git("commit", "-qm", "x", "--allow-empty")
    base = read_base(open_workspace(GREEN.write_to(tmp_path / "new")), "HEAD")
    assert (base.contracts, base.records) == ((), {})


def test_contract_that_was_broken_is_there_and_broken(git: Git, tmp_path: Path) -> None:
    commit(git, GREEN.write(CONTRACT, "["), tmp_path)
    (loaded,) = read_base(open_workspace(tmp_path), "HEAD").contracts
    assert loaded.contract is None


@pytest.mark.parametrize(
    "ref",
    ["nowhere", "", "-x", "--output=stolen", "HEAD~7", "HEAD:contracts", "HEAD..HEAD", "^HEAD"],
)
@pytest.mark.parametrize("option", ["--base", "--changed"])
def test_ref_that_names_no_commit(git: Git, tmp_path: Path, ref: str, option: str) -> None:
    commit(git, GREEN, tmp_path)
    with pytest.raises(
        UsageError, match=rf"^{option} {re.escape(ref)}: no such commit in .*fetch it first"
    ):
        ask(tmp_path, ref, option)
    assert not (tmp_path / "stolen").exists()


@pytest.mark.parametrize("option", ["--base", "--changed"])
def test_no_repository(tmp_path: Path, option: str) -> None:
    GREEN.write_to(tmp_path)
    message = f"^{option} main: .* is in no git repository .*leave {option} out"
    with pytest.raises(UsageError, match=message):
        ask(tmp_path, "main", option)


@pytest.mark.parametrize("option", ["--base", "--changed"])
def test_no_git(git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    commit(git, GREEN, tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=f"^{option} needs git"):
        ask(tmp_path, "HEAD", option)


def test_shallow_clone_is_named_as_the_cause(git: Git, tmp_path: Path) -> None:
    commit(git, GREEN, tmp_path)
    git("commit", "-qm", "x", "--allow-empty")
    clone = tmp_path / "clone"
    git("clone", "-q", "--depth", "1", tmp_path.as_uri(), str(clone))
    assert len(names(clone)) == 1
    with pytest.raises(
        UsageError, match=r"--base HEAD~1: no such commit .*; this clone is shallow"
    ):
        names(clone, "HEAD~1")


@pytest.mark.parametrize(
    ("text", "message"),
    [("[", "not valid TOML"), ('[tool.pv]\ncontracts = "specs"\n', "must be a list of strings")],
)
def test_base_whose_configuration_cannot_be_read(
    git: Git, tmp_path: Path, text: str, message: str
) -> None:
    commit(git, GREEN.write(PYPROJECT, text), tmp_path)
    GREEN.write_to(tmp_path)
    with pytest.raises(UsageError, match=f"--base HEAD: its pyproject.toml: .*{message}"):
        names(tmp_path)


def test_contracts_outside_the_repository_are_refused_and_not_forgotten(
    git: Git, tmp_path: Path
) -> None:
    commit(git, GREEN.append(PYPROJECT, 'contracts = ["../specs"]\n'), tmp_path)
    GREEN.write_to(tmp_path)
    with pytest.raises(UsageError, match=r"--base: '\.\./specs' cannot be looked up"):
        names(tmp_path)


def test_repository_of_a_hook_is_not_the_projects(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git tells its hooks, and what they start, about the repository that it works on."""
    commit(git, GREEN, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    git("init", "-q", cwd=other)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    assert names(tmp_path) == [("abs-v1", CONTRACT)]


def ask(directory: Path, ref: str, option: str) -> None:
    if option == "--base":
        read_base(open_workspace(directory), ref)
    else:
        list(changed_files(directory, ref))
