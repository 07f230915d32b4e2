"""Runs: creating predictions and trainings, following them to their outputs, canceling them."""
