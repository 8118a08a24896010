"""Tests of bot/service/replicas."""
