"""Helpers: idle workers that render parts of another worker's job."""
