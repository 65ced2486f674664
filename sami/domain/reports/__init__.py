"""What a report counts, and what follows from the counts: shares with their intervals, middles, comparisons."""
