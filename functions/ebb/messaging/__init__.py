"""What arrives and is sent: queue messages, requests, and how a function works through its queue."""
