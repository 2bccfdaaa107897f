"""`make dashboard-preview`: draws the dashboard as CloudWatch would, from the logs of a run."""
