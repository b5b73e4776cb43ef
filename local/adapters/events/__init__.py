"""Gaps in EventBridge and its Scheduler."""
