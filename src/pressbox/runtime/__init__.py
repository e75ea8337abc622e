"""Engines: what executes a fold over the log and carries its results to the stores."""
