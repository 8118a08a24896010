"""Tests of the watchdog and its alarms."""
