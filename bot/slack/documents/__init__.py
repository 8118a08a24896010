"""The files of a report: PDF with a picture, CSV and JSON.

What draws (`picture`, `pdf`) is imported by a process of its own (`renderer`), never by the bot.
"""
