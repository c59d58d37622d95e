"""The commands of the command line, one a module: its options, its example, what it does."""
