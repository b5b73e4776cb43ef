"""What `ebb status` shows."""
