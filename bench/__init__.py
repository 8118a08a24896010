"""The bot beside bare Bolt, and on a grown database beside a new one: see docs/benchmarks.md.

``processes`` starts what is measured, ``load`` sends signed commands and takes the time, ``services`` is the
simulated Slack and continuity API in a process of their own (with ``meter``, which takes the time spent
inside them, and ``people``, who propose and approve), ``floor`` is bare Bolt. ``beside`` puts the four
``scenes`` on one stage. ``growth`` compares a new database with one that ``grown`` has filled, with
``authorisations``, ``memory`` and ``named_users``. ``imports`` has ``importing`` import users beside a raw
loop. ``table`` sets the figures beside their aims.
"""
