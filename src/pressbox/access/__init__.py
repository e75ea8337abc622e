"""Who may bring data in, and by what they are known."""
