"""Workspace: the project root, its ``[tool.pv]`` configuration, and which files belong to it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any

from pv.exit_code import UsageError
from pv.finding import path_in

CONTRACT_SUFFIXES = (".yaml", ".yml")
_DIRECTORIES = frozenset({"contracts", "falsifiers", "oracles", "source"})
# Code of others, or copies of our own: no test of the project lies there.
_NO_TESTS = frozenset({"__pycache__", "node_modules", "build", "dist", "venv"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The options of ``[tool.pv]``. Paths are relative to the project root."""

    contracts: tuple[str, ...] = ("contracts",)
    """Directories that hold contracts."""
    falsifiers: tuple[str, ...] = ("falsifiers", "tests")
    """Directories that hold test functions; a `falsify_` function in them must be cited."""
    oracles: tuple[str, ...] = ("falsifiers/oracles",)
    """Directories whose modules are oracles: they may import no implementation."""
    source: tuple[str, ...] = (".", "src")
    """Directories from which the project's own modules are imported."""
    ignore: tuple[str, ...] = ()
    """Codes of rules that are switched off for the whole project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PytestConfig:
    """The part of pytest's own configuration that decides what is collected."""

    python_files: tuple[str, ...] = ("test_*.py", "*_test.py")
    python_classes: tuple[str, ...] = ("Test",)
    python_functions: tuple[str, ...] = ("test",)
    file: str = ""
    """Name of the file in the project root that configures pytest; empty without one."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One project: everything is found from its root, whatever the command was given."""

    root: Path
    config: Config = field(default_factory=Config)
    pytest: PytestConfig = field(default_factory=PytestConfig)

    def relative(self, path: Path) -> str:
        """Project-relative POSIX path, as it stands in every finding."""
        return path_in(self.root, path)

    def is_in(self, option: str, path: Path) -> bool:
        """True where ``path`` lies in a directory of ``option`` (falsifiers, oracles)."""
        names: tuple[str, ...] = getattr(self.config, option)
        absolute = Path(os.path.abspath(path))
        return any(absolute.is_relative_to(self.root / name) for name in names)

    def contract_files(self) -> tuple[Path, ...]:
        """Every contract of the project, sorted; only hidden ones are left out."""
        return tuple(sorted(f for d in self._existing("contracts") for f in _contracts(d)))

    def test_files(self) -> tuple[Path, ...]:
        """Every Python file in the falsifier directories, sorted."""
        found = {f for d in self._existing("falsifiers") for f in _walk(d, _NO_TESTS)}
        return tuple(sorted(file for file in found if file.suffix == ".py"))

    def module_file(self, module: str, beside: str = ".") -> Path | None:
        """File of a module of this project, or None where the project has no such module.

        ``beside`` is the directory of the importing file: pytest puts it on the path.
        """
        parts = module.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        for directory in dict.fromkeys((*self.config.source, beside)):
            base = os.path.join(self.root, directory, *parts)
            for candidate in (f"{base}.py", os.path.join(base, "__init__.py")):
                if os.path.isfile(candidate):
                    return Path(os.path.normpath(candidate))
        return None

    def _existing(self, option: str) -> Iterator[Path]:
        """Directories of an option that are there; those of the defaults need not be."""
        names: tuple[str, ...] = getattr(self.config, option)
        return (d for name in names if (d := self.root / name).is_dir())


def open_workspace(start: Path) -> Workspace:
    """Find the project that ``start`` (a file or directory) belongs to, and read its options.

    The root is the nearest directory upwards whose pyproject.toml has ``[tool.pv]``; without one
    it is the nearest with any pyproject.toml or .git, else the one above a directory that is named
    as contracts are by default, else ``start`` itself.
    """
    if not start.exists():
        raise UsageError(f"{start}: no such file or directory")
    directory = Path(os.path.abspath(start if start.is_dir() else start.parent))
    root = _find_root(directory)
    options = _table(root, "pv") or {}
    config = _config(options)
    _check_directories(root, options)
    return Workspace(root, config, _pytest_config(root))


def files_under(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Contract files named by ``paths``: files as they are, directories walked."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(sorted(_contracts(path))))
        else:
            found[path] = None
    return tuple(found)


def is_contract(path: PurePosixPath) -> bool:
    """True for a file that is a contract when ``path`` is below one of the directories of them.

    Its suffix may be in whatever case; what is hidden, or in a hidden directory, is none.
    """
    is_hidden = any(part.startswith(".") for part in path.parts)
    return path.suffix.lower() in CONTRACT_SUFFIXES and not is_hidden


def _contracts(directory: Path) -> Iterator[Path]:
    for file in _walk(directory):
        if is_contract(PurePosixPath(file.name)):
            yield file


def _walk(directory: Path, skipped: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Files below ``directory``, but nothing hidden and nothing in directories ``skipped``."""
    for parent, directories, files in os.walk(directory):
        directories[:] = [d for d in directories if not d.startswith(".") and d not in skipped]
        yield from (Path(parent, name) for name in files if not name.startswith("."))


def _find_root(directory: Path) -> Path:
    candidates = (directory, *directory.parents)
    for candidate in candidates:
        if _table(candidate, "pv") is not None:
            return candidate
    for candidate in candidates:
        if (candidate / "pyproject.toml").is_file() or (candidate / ".git").exists():
            return candidate
    for candidate in candidates:
        if candidate.name in Config().contracts:
            return candidate.parent
    return directory


def _pyproject(directory: Path) -> dict[str, Any]:
    file = directory / "pyproject.toml"
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: not valid TOML: {error}") from error


def _table(directory: Path, name: str) -> dict[str, Any] | None:
    """``[tool.NAME]``, or None where there is none."""
    tools = _inner(directory, "tool", _pyproject(directory).get("tool", {}))
    return _inner(directory, f"tool.{name}", tools[name]) if name in tools else None


def _inner(directory: Path, name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(f"{directory / 'pyproject.toml'}: [{name}] must be a table")
    return value


def _config(options: dict[str, Any]) -> Config:
    known = [f.name for f in fields(Config)]
    for name, value in options.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            raise UsageError(f"pyproject.toml: [tool.pv] has no option {name!r}; {hint}")
        if not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            raise UsageError(f"pyproject.toml: [tool.pv] {name} must be a list of strings")
    return Config(**{name: tuple(value) for name, value in options.items()})


def _check_directories(root: Path, options: dict[str, Any]) -> None:
    """Refuse a directory that is named and not there: it would be passed over in silence."""
    for option in sorted(options.keys() & _DIRECTORIES):
        for name in options[option]:
            if not (root / name).is_dir():
                raise UsageError(
                    f"pyproject.toml: [tool.pv] {option} names {name!r}, which is not a directory "
                    f"in {root}; create it or correct the option"
                )


def _pytest_config(root: Path) -> PytestConfig:
    """Read the collection options as pytest would: the first file that configures it wins."""
    file, options = next(_configured(root), ("", {}))
    names = [f.name for f in fields(PytestConfig) if f.name != "file"]
    chosen = {name: _words(name, options[name]) for name in names if options.get(name)}
    return PytestConfig(file=file, **chosen)


def _configured(root: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Files of the root that configure pytest, in its order, with what they say."""
    for name in ("pytest.ini", ".pytest.ini"):
        if (root / name).is_file():
            yield name, _section(root / name, "pytest") or {}
    if (table := _toml_options(root)) is not None:
        yield "pyproject.toml", table
    for name, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        if (options := _section(root / name, section)) is not None:
            yield name, options


def _toml_options(root: Path) -> dict[str, Any] | None:
    table = _table(root, "pytest")
    if table is None or "ini_options" not in table:
        return table
    return _inner(root, "tool.pytest.ini_options", table["ini_options"])


def _section(file: Path, name: str) -> dict[str, Any] | None:
    parser = ConfigParser(interpolation=None)
    try:
        parser.read(file, "utf-8")
    except ConfigParserError as error:
        raise UsageError(f"{file}: {error}") from error
    return dict(parser[name]) if parser.has_section(name) else None


def _words(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.split())
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise UsageError(f"pytest's option {name} must be a text or a list of texts")
