"""Tests of bot/service/reach."""
