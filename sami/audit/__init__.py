"""Every change that a person or a key makes is written down, in its own transaction."""
