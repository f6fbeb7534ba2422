"""File formats: bytes to arrays and metadata and back. NumPy only; no model is known here."""
