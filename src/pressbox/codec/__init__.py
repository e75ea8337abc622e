"""Bytes and lines to nouns and back; what is malformed is rejected with a reason."""
