"""The audit trail for people: the sentence of an entry, the reply to `audit`, the files."""
