"""Our numbers at the carrier: compared with what they should be, connected to us, and released again."""
