"""Gaps in S3."""
