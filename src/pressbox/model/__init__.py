"""The nouns: clocks, rosters, events, box scores. Frozen values without I/O."""
