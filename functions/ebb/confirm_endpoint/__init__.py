"""confirm_endpoint: a change has succeeded when the endpoint serves what is wanted, and answers rightly."""
