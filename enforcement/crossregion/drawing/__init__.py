"""The draw of a round, without Django: a register goes in, targets, assignment and certificate come out.

`register` is everything the draw may look at, frozen and written as canonical bytes. `seeds` commits to it and gives
the tickets, `targets` draws who is inspected, `counties` and `teams` are the two stages of the assignment, and
`certificate` checks the result by code that shares nothing with them. `clashes` says why there is no result.
"""
