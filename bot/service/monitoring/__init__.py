"""Measurements of the running bot, and the alarms that follow from them."""
