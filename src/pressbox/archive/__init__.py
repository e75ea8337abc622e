"""A pressbox in one file: taken beside the running process, restored elsewhere."""
