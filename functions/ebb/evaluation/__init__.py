"""What makes a model proven: its endpoint's answers to rows whose labels are known."""
