"""What pytest collects, decided from its configuration and the AST alone."""

from __future__ import annotations

from fnmatch import fnmatch

from pv.binding.module import ClassDef, Function, Module
from pv.workspace import PytestConfig

# Decorators that leave a test what it is; any other may replace or drop it.
_TRANSPARENT = frozenset(
    {"hypothesis.given", "hypothesis.settings", "hypothesis.example", "hypothesis.seed"}
)


def why_not_collected(function: Function, module: Module, config: PytestConfig) -> str:
    """Why pytest would not collect ``function``; empty where it would."""
    name = module.path.rsplit("/", 1)[-1]
    if "[" in module.path:
        return "its path contains '[', so pytest cannot address it"
    if not any(fnmatch(name, pattern) for pattern in config.python_files):
        return f"the file name matches none of python_files ({', '.join(config.python_files)})"
    if module.is_opted_out:
        return "the file sets __test__ = False"
    if not matches(function.name, config.python_functions):
        return f"its name matches none of python_functions ({', '.join(config.python_functions)})"
    if function.is_async:
        return "it is async, and pytest runs no async test without a plugin"
    if function.is_generator:
        return "it is a generator, which pytest refuses together with its whole file"
    if function.class_name is not None:
        return _why_class_not_collected(function.class_name, module, config)
    return ""


def opaque_decorator(function: Function, module: Module) -> str:
    """Text of a decorator that could replace the function; empty where there is none."""
    marks = list(function.decorators)
    marks += [d for c in _classes(function.class_name, module) for d in c.decorators]
    for mark in marks:
        if not mark.name.startswith("pytest.mark.") and mark.name not in _TRANSPARENT:
            return mark.text
    return ""


def _why_class_not_collected(name: str, module: Module, config: PytestConfig) -> str:
    for definition in _classes(name, module):
        if not matches(name, config.python_classes):
            return (
                f"class {name} matches none of python_classes ({', '.join(config.python_classes)})"
            )
        if definition.has_init:
            return f"class {name} has a constructor, so pytest does not collect it"
        if definition.is_opted_out:
            return f"class {name} sets __test__ = False"
    return ""


def _classes(name: str | None, module: Module) -> tuple[ClassDef, ...]:
    return tuple(c for c in module.classes if c.name == name)


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """pytest's rule: a pattern is a prefix, or a glob where it has glob characters."""
    return any(
        name.startswith(p) or (any(c in p for c in "*?[") and fnmatch(name, p)) for p in patterns
    )
