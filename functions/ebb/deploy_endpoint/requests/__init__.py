"""What people and predict ask of a model: a file per kind of request."""
