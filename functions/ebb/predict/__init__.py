"""predict: raw rows in, a model's answers out."""
