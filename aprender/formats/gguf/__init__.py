"""GGUF, versions 2 and 3: a reader that maps the file, and a writer that streams into it."""
