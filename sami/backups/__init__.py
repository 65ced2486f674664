"""The whole database as one file, taken while SAMI runs, and back; the same file for both databases."""
