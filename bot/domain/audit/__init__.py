"""The audit trail: ``chain`` (entries and their hashes), ``row_digests`` (what an entry holds of a
row), ``change_history`` and ``role_history`` (what entries say, compared with the tables)."""
