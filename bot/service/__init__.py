"""Use cases over the ports. What needs no port is decided in ``domain/``.

``access`` (who may do what), ``changes`` (from proposal to outcome), ``change_types`` (what each
kind of change asks of the API), ``queries`` (reads), ``monitoring`` (watchdog and alarms).
``context`` holds what every use case gets, ``parallel`` runs calls concurrently.
"""
