"""The durable log: framed segment files here, or a server that keeps the same promise."""
