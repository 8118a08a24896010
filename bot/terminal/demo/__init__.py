"""`demo`: the bot in a process of its own against the simulated services.

``transcript`` is the unattended form: it prints what people see, and ends by itself.
"""
