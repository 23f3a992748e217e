"""Registration without any front end: its loop, its state on this machine, and the services that it uses."""
