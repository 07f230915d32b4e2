"""What a test may ask of a sandbox beside Replicate's API: what was sent, answers that are chosen, a fresh start."""
