"""What `ebb check` looks at and prints."""
