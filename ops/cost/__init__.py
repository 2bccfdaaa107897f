"""What an environment costs per month, item by item: `hospup-video cost`."""
