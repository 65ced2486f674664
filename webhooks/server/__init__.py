"""The HTTP server: requests are read whole, in bounded time and size, before they take what a caller needs (S24)."""
