"""Benchmarks: the bot compared with bare Bolt, raw httpx and a grown database. See
docs/benchmarks.md.

``scenes`` holds what is measured, one module each; ``__main__`` runs those that BENCH names and
prints their ``table``. ``processes`` starts what is measured and ``services``, the simulated Slack
and continuity API (``measured_services``) with the ``participants`` who propose and approve.
``load`` and ``command_load`` send signed commands and take the time of each answer. ``workers`` are
programs that are measured in processes of their own. ``database`` prepares and checks the bot's
database, ``grown_database`` fills one with years of use. ``fakes`` replaces Slack and the API where
their own processes are not part of the measurement, and ``relay`` limits the bandwidth between two
processes.
"""
