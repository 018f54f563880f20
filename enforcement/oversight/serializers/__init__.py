"""What the API shows and takes of oversight: interviews, special inspections."""
