"""What is kept on this machine: one SQLite file of predictions, runs, drafts, outputs and the catalogue."""
