"""Gaps in IAM."""
