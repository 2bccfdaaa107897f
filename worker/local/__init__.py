"""Rendering on this machine without AWS: the video, one frame, a contact sheet, or the plan in words."""
