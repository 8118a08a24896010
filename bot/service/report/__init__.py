"""The daily report of what is on for long, and who said that it is still needed."""
