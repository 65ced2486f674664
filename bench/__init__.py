"""How many calls a second, and how late the slowest: `make bench`."""
