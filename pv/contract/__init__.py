"""Contracts: strict YAML, the schema, and loading with positions."""
