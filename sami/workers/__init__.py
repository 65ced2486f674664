"""The intake pipeline: what is found out about a lead before somebody is given it."""
