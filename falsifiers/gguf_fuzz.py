"""A reader of GGUF against files that chance has damaged; the same ones for the same seed.

``python -m falsifiers.gguf_fuzz --count 1000000 [--seed 1]``, in the root of the repository.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from falsifiers.gguf_files import File, good, vocabulary

BORDERS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 31, 32, 33, 63, 64, 65, 255, 256, 65535, 65536]
BORDERS += [
    power + step
    for bits in (31, 32, 60, 61, 62, 63, 64)
    for power in (1 << bits,)
    for step in (-33, -32, -8, -1, 0, 1)
]
MEASURED = 50
"""Of so many files one has its memory measured, which takes long."""


@dataclass
class Seen:
    """What came of so many files."""

    files: int = 0
    taken: int = 0
    undesigned: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    large: list[str] = field(default_factory=list)
    measured: int = 0
    slowest: float = 0.0
    largest: float = 0.0
    """Bytes of memory beyond so many times the file, at the most."""


def damaged(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """So many files, and how each was damaged."""
    bases = [good(), good(">"), good(version=2), vocabulary(), vocabulary(">")]
    for number in range(count):
        chance = Random(f"{seed} {number}")
        base = chance.choice(bases)
        how = chance.choice([borders, borders, cut, flips, flips, spliced])
        yield f"seed {seed}, file {number}, {how.__name__}", how(base, chance)


def borders(base: File, chance: Random) -> bytes:
    """One to three numbers at a border of what they may be, or near what they were."""
    data = base.data
    numbers = [name for name, place in base.fields.items() if place.format in ("I", "Q", "B")]
    for _ in range(chance.randint(1, 3)):
        place = base.fields[chance.choice(numbers)]
        was = int.from_bytes(data[place.at : place.at + place.size], "little")
        value = chance.choice([*BORDERS, was - 1, was + 1, len(data), len(data) - place.at])
        stored = (value % (1 << 8 * place.size)).to_bytes(
            place.size, "little" if base.order == "<" else "big"
        )
        data = data[: place.at] + stored + data[place.at + place.size :]
    return data


def cut(base: File, chance: Random) -> bytes:
    """Ends at the border of a field or region, or one byte before or after."""
    places = [place.at for place in base.fields.values()] + [base.header, base.begin]
    return base.data[: max(0, chance.choice([*places, len(base.data)]) + chance.randint(-1, 1))]


def flips(base: File, chance: Random) -> bytes:
    """One to eight bytes changed, of the header or of everything."""
    data = bytearray(base.data)
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(chance.choice([24, base.header, len(data)]))] = chance.randrange(256)
    return bytes(data)


def spliced(base: File, chance: Random) -> bytes:
    """A piece is left out, or is there twice."""
    one, other = sorted(chance.randrange(len(base.data)) for _ in range(2))
    return base.data[:other] + base.data[chance.choice([one, other]) :]


def fuzz(
    read: Callable[[Path], object],
    refusal: type[Exception],
    directory: Path,
    *,
    seed: int,
    count: int,
    seconds: float,
    times_file: float,
    beyond: int,
) -> Seen:
    """Read so many damaged files; note what is no refusal, takes long, or takes much memory."""
    seen = Seen(largest=-float(1 << 60))
    path = directory / "damaged.gguf"
    for name, data in damaged(seed, count):
        path.unlink(missing_ok=True)  # a file that is mapped must not change
        path.write_bytes(data)
        is_measured = seen.files % MEASURED == 0
        begin = time.process_time()
        if is_measured:
            tracemalloc.start()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                read(path)
            seen.taken += 1
        except refusal:
            pass
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            seen.undesigned.append(f"{name}: {type(error).__name__}: {error}")
        if is_measured:
            over = tracemalloc.get_traced_memory()[1] - times_file * len(data)
            tracemalloc.stop()
            seen.measured += 1
            seen.largest = max(seen.largest, over)
            if over > beyond:
                seen.large.append(f"{name}: {over:.0f} bytes")
        took = time.process_time() - begin
        seen.slowest = max(seen.slowest, took)
        if took > seconds:
            seen.slow.append(f"{name}: {took:.2f} s")
        seen.files += 1
    return seen


def everything(path: Path) -> None:
    """Open a file, gaps allowed, and read all of it."""
    from aprender.formats.gguf import open_gguf

    opened = open_gguf(path, strict=False)
    for value in opened.metadata.values():
        repr(value)
    for tensor in opened.tensors.values():
        tensor.array.tobytes()


def main() -> int:
    """Print what was seen; 1 where anything was not as it should be."""
    from aprender.formats.gguf import GGUFError

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        seen = fuzz(
            everything,
            GGUFError,
            Path(directory),
            seed=options.seed,
            count=options.count,
            seconds=1.0,
            times_file=10,
            beyond=16 << 20,
        )
    wrong = [*seen.undesigned, *seen.slow, *seen.large]
    shown = (
        f"{seen.files} files, {seen.taken} taken, {len(wrong)} wrong, slowest {seen.slowest:.2f} s"
    )
    sys.stdout.write("\n".join([*wrong[:50], shown]) + "\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
