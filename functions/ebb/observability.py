"""Logger and metrics, set up once. Neither has a dimension per model or run: those would be billed one by one."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics()
