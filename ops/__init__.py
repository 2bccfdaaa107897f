"""The operators' command line, `hospup-video`."""
