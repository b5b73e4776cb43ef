"""The deployed stack, and what is asked of it."""
