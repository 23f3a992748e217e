"""The contract: every step, its form and checks, and what travels between client and backend."""
