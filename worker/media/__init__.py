"""Media files: sources are fetched from S3 and allowed hosts, outputs are published to S3."""
