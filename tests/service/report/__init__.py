"""Tests of bot/service/report."""
