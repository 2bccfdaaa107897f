"""Guarded HTTP: allow lists, public addresses only, pinned connections, webhook delivery."""
