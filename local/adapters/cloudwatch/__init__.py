"""Gaps in CloudWatch."""
