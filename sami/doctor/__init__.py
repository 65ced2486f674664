"""What is wrong with the service, found by asking it? Each answer is a sentence and a remedy."""
