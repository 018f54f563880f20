"""Lists as files: what a list's rows look like in a file, and the writers of the formats. Knows no list by name."""
