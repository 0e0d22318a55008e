"""The built-in problems: `<topic>/<name>.py`, found by being there."""
