"""Who may do what: authorisation, refusals, and the rows that are administered."""
