"""The gate: every check of a project, in order, and one verdict."""
