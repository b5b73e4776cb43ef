"""What a `model.toml` may say: its keys, their ranges, and the container's own table of hyperparameters."""
