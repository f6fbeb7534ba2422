"""What pytest collects, decided from its configuration and the AST alone."""

from __future__ import annotations

from fnmatch import fnmatch

from pv.binding.module import Function, Module
from pv.workspace import PytestConfig

# Decorators that leave a test what it is; any other may replace or drop it.
_TRANSPARENT = frozenset(
    {"hypothesis.given", "hypothesis.settings", "hypothesis.example", "hypothesis.seed"}
)

_UNITTEST = frozenset({"unittest.TestCase", "unittest.IsolatedAsyncioTestCase"})


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
        return _why_class_not_collected(function, module, config)
    return ""


def opaque_decorator(function: Function, module: Module) -> str:
    """Text of a decorator that could replace the function; empty where there is none."""
    marks = list(function.decorators)
    marks += [d for c in module.lineage(function.class_name)[:1] for d in c.decorators]
    for mark in marks:
        if not mark.name.startswith("pytest.mark.") and mark.name not in _TRANSPARENT:
            return mark.text
    return ""


def _why_class_not_collected(function: Function, module: Module, config: PytestConfig) -> str:
    name = function.class_name
    lineage = module.lineage(name)
    bases = {base for definition in lineage for base in definition.bases}
    is_unittest = bool(bases & _UNITTEST)
    if is_unittest and not function.name.startswith("test"):
        return f"class {name} is a unittest.TestCase, whose tests must begin with `test`"
    if not is_unittest and not matches(str(name), config.python_classes):
        return f"class {name} matches none of python_classes ({', '.join(config.python_classes)})"
    for definition in lineage:
        if definition.has_init and not is_unittest:
            source = "" if definition.name == name else f" from {definition.name}"
            return f"class {name} has a constructor{source}, so pytest does not collect it"
    if next((d.is_test for d in lineage if d.is_test is not None), True) is False:
        return f"class {name} sets __test__ = False"
    return ""


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """pytest's rule: a pattern is a prefix, or a glob where it has glob characters."""
    return any(
        name.startswith(p) or (any(c in p for c in "*?[") and fnmatch(name, p)) for p in patterns
    )
