"""The render plan: a job's timeline, FFmpeg's filter graph and encoder arguments. Pure: values in, values out."""
