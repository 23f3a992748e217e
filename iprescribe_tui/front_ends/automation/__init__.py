"""What plays the applicant: answers files, the keys that type them, and walks of whole scenarios."""
