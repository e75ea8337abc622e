"""Live data of games: one durable log of what happened, pure folds over it, exact stores, live pages."""

__version__ = "0.1.0"
