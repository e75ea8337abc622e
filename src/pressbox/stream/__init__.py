"""What every pipeline shares: records, revisions, folds and the ports to the outside. Pure, no I/O."""
