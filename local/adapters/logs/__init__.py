"""Gaps in CloudWatch Logs."""
