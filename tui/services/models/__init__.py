"""Models: the cached catalogue, its copy, and the models of this account."""
