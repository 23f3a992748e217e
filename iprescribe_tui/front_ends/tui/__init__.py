"""Widgets and screens for any step: forms, dialogs, photos, waiting, and the terminal's driver."""
