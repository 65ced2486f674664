"""What is said outside after a commit: claimed with a lease, said once, and never silently lost (R5, R6, R13)."""
