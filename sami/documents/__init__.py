"""What admins write, the organisation and the policy: read from TOML, checked with all faults at once, written back."""
