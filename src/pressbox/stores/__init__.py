"""Stores: each takes results in and gives them back; one file a kind, its sink, reader and settings."""
