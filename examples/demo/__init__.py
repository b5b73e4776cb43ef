"""`make demo`: the whole tide on this machine, from an upload to the endpoint that is gone, and back."""
