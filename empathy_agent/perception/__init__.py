"""Pixels and words to affect."""
