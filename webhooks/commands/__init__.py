"""One file per command of `sami`; each is imported only when it is the one asked for."""
