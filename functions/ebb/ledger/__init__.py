"""What Ebb knows of each run and endpoint: one DynamoDB table."""
