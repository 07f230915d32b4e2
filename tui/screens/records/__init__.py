"""The sections that list predictions and trainings, and the comparison of two of them."""
