"""Tests of bot/service/deadlines."""
