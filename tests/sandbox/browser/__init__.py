"""Tests of the page in the browser: its server and its parts."""
