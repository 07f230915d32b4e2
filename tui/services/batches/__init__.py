"""Batches: many runs that were asked for together, durable, within the rate, never paid twice."""
