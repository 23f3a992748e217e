"""What the sandbox decides: the order of the steps, what each does, who is let in, what is sent."""
