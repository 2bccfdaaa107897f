"""What an environment costs a month, item by item: `hospup-video cost`."""
