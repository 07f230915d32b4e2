"""What goes on over time: watching, runs, downloads and the catalogue, told to others by events."""
