"""What Ebb tells: on the bus, in latest.json, in the ledger's rows; and in which words."""
