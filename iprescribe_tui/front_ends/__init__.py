"""Front ends of the flow: the full screen, the prompts, and stand-ins for the applicant."""
