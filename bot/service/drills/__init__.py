"""Drills: rehearsals of an outage, played by a simulated API and scored from the audit trail."""
