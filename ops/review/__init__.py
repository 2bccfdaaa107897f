"""What a plan means: `hospup-video plan-review`."""
