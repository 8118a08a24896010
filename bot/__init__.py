"""The way of a command.

Slack delivers a payload; ``slack/`` checks where it comes from, saves it to the inbox and acknowledges.
A worker takes it from there: ``grammar`` turns the text into a command of ``domain/``, and a use case
of ``service/`` asks the role table and Slack whether this person may, there, for this customer. Each
step of a change is one transaction of ``store/``, with its audit entry and the messages it makes due.
The executor claims what is approved, calls ``continuity/``, reads back, and saves the outcome. The
announcer of ``slack/`` brings cards, timelines and outcomes up to date until Slack has taken them.
While Slack is down ``terminal/exec.py`` hands the same text to the same use cases.
"""
