"""Whether an endpoint is idle: the evidence, the rules, the judgement."""
