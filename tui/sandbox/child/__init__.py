"""`sandbox -- COMMAND`: a program that finds the sandbox where it looks for Replicate."""
