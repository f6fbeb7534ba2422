"""Proof: a green falsifier is believed once declared faults have turned it red."""
