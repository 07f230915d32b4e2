"""The section Batches: what was asked for together, how far it is, and what came of it."""
