"""The intake pipeline: each worker of ours in tables, and the pipeline around workers that fail in every way."""
