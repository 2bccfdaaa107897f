"""Logs, metrics, alarms, dashboard and budget."""
