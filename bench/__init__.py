"""The bot beside bare Bolt, in one run: see docs/benchmarks.md for what is measured and how.

``workspace`` starts the processes, ``load`` sends signed commands and takes the time, ``services`` is the
simulated Slack and continuity API in a process of their own (with ``meter``, which takes the time spent
inside them, and ``people``, who propose and approve), ``floor`` is bare Bolt, ``scenes`` are the four
measurements, and ``table`` sets the figures beside their aims.
"""
