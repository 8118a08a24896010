"""Tests of files of users and addresses."""
