"""What `ebb uninstall` finds and removes."""
