"""Files of users and of addresses, as text and records: read, judged and written. Pure."""
