"""Sources: each brings records into the log and acknowledges nothing before the log has them."""
