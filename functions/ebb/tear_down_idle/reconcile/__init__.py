"""What no event ever told: found again by looking."""
