"""deploy_endpoint: a trained run, or what a person asks for, becomes what an endpoint serves."""
