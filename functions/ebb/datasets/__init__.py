"""From an uploaded table to what the container trains on: read whole, judged, encoded, split."""
