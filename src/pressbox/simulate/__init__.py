"""Games that never happened, and recorded ones played again: deterministic by seed, live at any pace."""
