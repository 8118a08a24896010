"""Tests of the calls of Slack's Web API."""
