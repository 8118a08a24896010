"""What a report on an incident is made of, beside the audit entries."""
