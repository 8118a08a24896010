"""``watchdog`` measures the running bot, ``alarms`` decides what is posted as an alarm."""
