"""What lies in the bucket: uploads, their settings, the folder of a run."""
