"""Live calls: what a signal from the network changes, and what the network is told to do."""
