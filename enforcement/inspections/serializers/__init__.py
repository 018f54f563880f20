"""What the API shows and takes of checks, one module a subject."""
