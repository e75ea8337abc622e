"""Pages and APIs, and the door through which commands speak to the running process."""
