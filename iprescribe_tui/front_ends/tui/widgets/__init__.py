"""Widgets of the screens: fields, choices, photos, QR codes, and the frame around them."""
