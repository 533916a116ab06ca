"""Risk of what is said to us, and limits on what we say."""
