"""What stands in front of the flow: the full screen, the prompts, and what plays the applicant."""
