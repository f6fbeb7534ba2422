"""Falsifiers: the pytest functions that the contracts bind to, and their oracles."""
