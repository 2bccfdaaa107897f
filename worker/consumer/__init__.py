"""The consumer: receives messages, runs each job, retries, and notifies the receiver of its end."""
