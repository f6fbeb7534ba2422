"""Index: facts about the Python files of a workspace, parsed on demand and cached by content."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from difflib import get_close_matches

from pv.binding.module import Function, Module
from pv.cache import Cache, digest
from pv.workspace import Workspace


class Index:
    """Python files by project-relative path. Nothing is ever imported."""

    def __init__(self, workspace: Workspace, cache: Cache) -> None:
        self.workspace = workspace
        self.cache = cache
        self._modules: dict[str, Module | None] = {}
        self._imported: dict[tuple[str, str], Module | None] = {}
        self._imports: dict[str, frozenset[str]] = {}
        self._sources: dict[str, bytes] = {}
        self._commands: dict[str, tuple[str, ...]] = {}

    def module(self, path: str) -> Module | None:
        """Facts about the file at ``path``, or None where there is no such file."""
        if path not in self._modules:
            self._modules[path] = self._read(path)
        return self._modules[path]

    def imported(self, module: str, beside: str = ".") -> Module | None:
        """Facts about a module of this project by its dotted name, or None for anything else.

        ``beside`` is the directory of the importing file.
        """
        key = (module, beside)
        if key not in self._imported:
            file = self.workspace.module_file(module, beside)
            self._imported[key] = self.module(self.workspace.relative(file)) if file else None
        return self._imported[key]

    def imports(self, path: str) -> frozenset[str]:
        """Files of the project that the file at ``path`` imports itself, packages included."""
        if path not in self._imports:
            module = self.module(path)
            self._imports[path] = frozenset(
                file
                for name in (_imported_names(module) if module else ())
                for file in self.files_of(name, posixpath.dirname(path) or ".")
            )
        return self._imports[path]

    def files_of(self, module: str, beside: str = ".") -> Iterator[str]:
        """Files that importing ``module`` runs: its own and those of the packages around it."""
        parts = module.split(".")
        for length in range(1, len(parts) + 1):
            found = self.imported(".".join(parts[:length]), beside)
            if found is not None:
                yield found.path

    def tests(self) -> tuple[Module, ...]:
        """Every module in the falsifier directories, by path."""
        files = self.workspace.test_files()
        modules = (self.module(self.workspace.relative(file)) for file in files)
        return tuple(module for module in modules if module is not None)

    def source(self, path: str) -> bytes:
        """Content of the file at ``path``, which exists; what was read once is not read again."""
        if path not in self._sources:
            self._sources[path] = (self.workspace.root / path).read_bytes()
        return self._sources[path]

    def command(self, module: str) -> tuple[str, ...]:
        """Files that ``python -m module`` may run: of a package all, which it loads when needed."""
        if module not in self._commands:
            file = self.workspace.module_file(module)
            files = [] if file is None else [file]
            if file is not None and file.name == "__init__.py":
                files = sorted(file.parent.rglob("*.py"))
            self._commands[module] = tuple(self.workspace.relative(part) for part in files)
        return self._commands[module]

    def reached(self, function: Function) -> Iterator[Function]:
        """``function`` and the project functions that it calls, directly or through others.

        Helpers are followed within the file and through ``from module import helper``.
        """
        seen: set[str] = set()
        todo = [function]
        while todo:
            current = todo.pop()
            if current.node_id not in seen:
                seen.add(current.node_id)
                yield current
                todo += self._callees(current)

    def definition(
        self, name: str, beside: str = ".", seen: frozenset[str] = frozenset()
    ) -> Function | None:
        """The function that a canonical dotted name means, through re-exports; None if not ours."""
        module_name, _, attribute = name.rpartition(".")
        module = self.imported(module_name, beside) if module_name else None
        if module is None or name in seen:
            return None
        for function in module.functions:
            if function.name == attribute and function.container == "module":
                return function
        for imported in module.imports:
            if imported.name == attribute and imported.attribute:
                origin = f"{imported.module}.{imported.attribute}"
                return self.definition(origin, module.directory, seen | {name})
        return None

    def target_problem(self, target: str) -> tuple[str, str] | None:
        """Why ``module:attribute`` names nothing of this project, and a remedy; None if it does."""
        module_name, colon, attribute = target.partition(":")
        if not colon or not attribute or not module_name:
            return f"target {target!r} is not written `module:attribute`", ""
        module = self.imported(module_name)
        if module is None:
            return f"there is no module {module_name!r} in this project", ""
        if module.error is not None:
            return f"{module.path} does not parse: {module.error}", ""
        if module.final_names.get(attribute) == "import":
            if self.definition(f"{module_name}.{attribute}") is not None:
                return None
            return f"{module.path} only imports {attribute!r}, from outside the project", ""
        names = _attributes(module)
        if attribute in names:
            return None
        near = get_close_matches(attribute, names, n=1)
        hint = f"did you mean {module_name}:{near[0]}?" if near else ""
        return f"{module.path} defines no {attribute!r}", hint

    def _callees(self, function: Function) -> Iterator[Function]:
        module = self.module(function.path)
        assert module is not None  # the function came from it
        local = {f.name: f for f in module.functions if f.container == "module"}
        methods = {f.name: f for f in module.functions if f.class_name == function.class_name}
        classes = {c.name for c in module.classes}
        for name in sorted(function.names):
            if name in local:
                yield local[name]
            elif name in classes:  # an object of it may have any of its methods called
                yield from (f for f in module.functions if f.class_name == name)
            elif name.startswith("self.") and name[5:] in methods:
                yield methods[name[5:]]
            elif "." in name:
                target = self.definition(name, module.directory)
                if target is not None:
                    yield target

    def _read(self, path: str) -> Module | None:
        try:
            source = self.source(path)
        except (OSError, ValueError):  # missing, a directory, or a name no file can have
            return None
        return self.cache.get(("module", path, digest(source)), lambda: _parse(path, source))


def _imported_names(module: Module) -> frozenset[str]:
    names = {found.module for found in module.imports}
    # `from package import module` names a module, too
    names |= {f"{found.module}.{found.attribute}" for found in module.imports if found.attribute}
    return frozenset(names)


def _attributes(module: Module) -> frozenset[str]:
    """What ``module:attribute`` may name: top-level names and methods that stand at the end."""
    names = {name for name, kind in module.final_names.items() if kind != "deleted"}
    methods = {f"{f.class_name}.{f.name}" for f in module.functions if f.container == "class"}
    return frozenset(names | methods)


def _parse(path: str, source: bytes) -> Module:
    from pv.binding.facts import read_module

    return read_module(path, source)
