"""Stores of data: job queues, job table, media bucket, image registry, webhook signing key."""
