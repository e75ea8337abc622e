"""Real servers without containers: how each is installed, started, found ready and stopped."""
