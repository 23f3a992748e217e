"""What every part may use: settings, files, crash reports, the terminal. It imports no other part."""
