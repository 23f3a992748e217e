"""Command line: its commands, and the modules behind them."""
