"""Gaps in Lambda."""
