"""What the registration's flow owns, whatever shows it."""
