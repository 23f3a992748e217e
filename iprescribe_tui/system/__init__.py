"""Modules that all others may use: settings, files, crash reports, the terminal. They import no other part."""
