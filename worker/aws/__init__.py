"""The worker's side of AWS: job queue, lease, ledger, task protection, health check, clients."""
