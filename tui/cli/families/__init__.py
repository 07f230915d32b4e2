"""What each command asks for and prints: a module per family, a function per command, named in its COMMANDS."""
