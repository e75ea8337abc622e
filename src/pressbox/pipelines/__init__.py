"""The three pipelines, each a pure fold that ends as one value a runner executes."""
