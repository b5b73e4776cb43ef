"""The local cloud: AWS on this machine, without Docker or an account."""
