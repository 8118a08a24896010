"""Tests of the page in the browser, with the Chromium of this machine."""
