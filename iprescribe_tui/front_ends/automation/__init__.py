"""Stand-ins for the applicant: answers files, keys that type them, and walks of whole scenarios."""
