"""What the tests stand on: servers of their own, a template database, clones of it, a browser."""
