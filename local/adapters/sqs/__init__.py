"""Gaps in SQS."""
