"""Labelled data, scored."""
