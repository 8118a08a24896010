"""Tests of bot/slack/views/notices."""
