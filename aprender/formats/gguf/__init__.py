"""GGUF, versions 2 and 3: a reader that maps the file, and a writer that streams into it."""

from aprender.formats.gguf.error import GGUFError, GGUFWarning
from aprender.formats.gguf.reader import GGUFFile, Tensor, open_gguf
from aprender.formats.gguf.source import TensorSource
from aprender.formats.gguf.strings import Strings
from aprender.formats.gguf.types import GGMLType
from aprender.formats.gguf.values import Arrays, Value
from aprender.formats.gguf.writer import write_gguf

__all__ = [
    "Arrays",
    "GGMLType",
    "GGUFError",
    "GGUFFile",
    "GGUFWarning",
    "Strings",
    "Tensor",
    "TensorSource",
    "Value",
    "open_gguf",
    "write_gguf",
]
