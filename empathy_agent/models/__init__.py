"""Seams to neural networks: small functions around weights and servers."""
