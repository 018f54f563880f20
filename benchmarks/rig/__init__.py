"""What the benchmarks share: databases per size, servers with clients, command lines, the recount in plain SQL."""
