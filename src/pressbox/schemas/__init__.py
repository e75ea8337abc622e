"""The types of events pressbox comes with, a file each."""
