"""The Textual app: shows, decides nothing."""
