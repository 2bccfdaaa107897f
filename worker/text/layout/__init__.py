"""Text layout: graphemes, line breaks, shaping, line boxes and the text box."""
