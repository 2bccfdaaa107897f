"""The deployed or synthesised stack: its outputs, its JSON, its expressions."""
