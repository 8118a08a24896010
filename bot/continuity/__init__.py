"""The continuity API over HTTP."""
