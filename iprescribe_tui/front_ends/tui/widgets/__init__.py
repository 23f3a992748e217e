"""What screens are made of: fields, choices, photos, QR codes, and the frame around them."""
