"""Tasks as files: JSON and CSV, out of and into Tasklore."""
