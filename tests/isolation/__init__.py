"""Promise: no one reads a byte of what isn't theirs, on any route, in any role; and the test that says so can fail."""
