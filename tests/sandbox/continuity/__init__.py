"""The simulated continuity API."""
