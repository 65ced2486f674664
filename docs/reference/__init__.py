"""Parts of docs/ that are made from the code, so that no page says what is no longer so: `make docs`."""
