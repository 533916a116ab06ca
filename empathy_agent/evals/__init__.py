"""Scripted scenarios: the whole loop, checked."""
