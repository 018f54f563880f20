"""What every verifiable draw stands on, without Django: seeds and tickets (SHA-256 alone), and drawing by stratum and risk.

Rounds of cross-enforcement draw with it, and so do campaigns (双随机). It holds no rows and imports nothing of ours.
"""
