"""`make dashboard-preview`: the dashboard as CloudWatch would draw it, painted here from the logs of a run."""
