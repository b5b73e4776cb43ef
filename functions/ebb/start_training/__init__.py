"""start_training: an upload is read whole, and refused with line and column, or becomes exactly one training job."""
