"""Logs, metrics, spans and trace context."""
