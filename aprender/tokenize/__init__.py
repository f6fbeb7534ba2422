"""Tokenizers: their files, and what two of them have in common."""
