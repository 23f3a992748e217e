"""Decisions of the sandbox: the order of the steps, the work of each, access, and messages."""
