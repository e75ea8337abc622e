"""What is held about one athlete: handed out as a file, or erased wherever it lies."""
