"""Recordings of sessions: files of many formats, read into the samples a live session would have given."""
