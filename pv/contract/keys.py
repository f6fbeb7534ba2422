"""Keys that the schema does not have: which key was meant, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from pv.contract import shape
from pv.contract.document import DataPath, Document, Problem
from pv.contract.legacy import Name, lookup
from pv.contract.patch import Patch

EXTENSION = "x-"
# Below this likeness a guess misleads more often than it helps.
_LIKENESS = 0.75


def refuse_key(document: Document, path: DataPath, patch: Patch) -> Iterator[Problem]:
    """Report the unknown key at ``path``, and note in ``patch`` how to go on without it."""
    key, mapping = str(path[-1]), path[:-1]
    if key.startswith(EXTENSION):
        patch.ignored.add(path)
        return
    struct = shape.struct_at(mapping)
    name = (lookup(struct, key) if struct else None) or _guessed(key, shape.keys_at(mapping))
    suggestion = name.edit
    if name.stands_for and (*mapping, name.stands_for) in document.keys:
        suggestion = f"`{name.stands_for}` is there too: merge into it, and delete this one"
    _go_on(document, path, name, patch)
    yield Problem(name.rule, name.message, document.keys[path], document.subject(path), suggestion)


def _go_on(document: Document, path: DataPath, name: Name, patch: Patch) -> None:
    """Judge the value under the key that was meant, or leave it out."""
    target = (*path[:-1], name.stands_for)
    is_free = target not in document.keys and name.stands_for not in patch.renamed.values()
    if name.is_alias and is_free and shape.could_hold(target, document.value(path)):
        patch.renamed[path] = name.stands_for
        return
    patch.dropped.add(path)
    if name.stands_for:
        patch.missed.add(target)


def _guessed(key: str, known: tuple[str, ...]) -> Name:
    """Near misses are renamed for the rest of the judgement; the others just left out."""
    plain = key.lower().replace("-", "_").replace(" ", "_")
    near = get_close_matches(plain, known, n=1, cutoff=_LIKENESS)
    if near:
        edit = f"did you mean `{near[0]}`?"
        return Name("near-miss-key", f"unknown key {key!r}", edit, near[0], is_alias=True)
    edit = f"known here: {', '.join(known)}; keys of your own begin with `{EXTENSION}`"
    return Name("unknown-key", f"unknown key {key!r}", edit)
