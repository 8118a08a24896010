"""Changes of several customers that are proposed and decided together."""
