"""A hostile hour: ten people register with the real client while strangers send the sandbox everything that is bad.

    uv run python -m tests.hostile.hour --minutes 60 --rate 60 --people 10 --seed 7

First the same people register in peace, in a sandbox of their own. Both are real processes, and so is what attacks.
"""
