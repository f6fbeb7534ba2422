"""Independent truth for the falsifiers: written from the formulas, imports nothing of aprender."""
