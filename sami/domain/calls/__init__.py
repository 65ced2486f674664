"""A call: where it stands, what is heard of it, and what follows."""
