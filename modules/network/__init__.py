"""The network that workers run in: an existing VPC, or a new one."""
