"""Affect history: what was felt, when, and how to forget it."""
