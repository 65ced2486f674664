"""Reports: what happened in a period, counted once, with its definitions and the way to what was counted."""
