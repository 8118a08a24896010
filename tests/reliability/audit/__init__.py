"""Whether a tampered audit trail is found."""
