"""The files of inputs and outputs on their way between Replicate and this machine."""
