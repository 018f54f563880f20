"""走航: vehicles, instruments, runs, readings and hot spots."""
