"""What main.py synthesises, leaf by leaf: jsii drops nested dicts without a word, so nothing is taken for granted."""
