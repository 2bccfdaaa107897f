"""The sandbox: starts processes that read untrusted bytes, with limits and without a network."""
