"""The terminal: options, prompts, output, command groups."""
