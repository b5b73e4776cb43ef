"""How `ebb predict` sends rows."""
