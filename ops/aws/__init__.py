"""What the commands ask of AWS: service, queues, dead letters, ledger, registry, logs."""
