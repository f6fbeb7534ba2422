"""Distillation: the step under its published convention."""
