"""The embedded voice: plans a helping strategy and words it from reviewed material."""
