"""What happens when somebody texts one of our lines, and what became of a text of ours."""
