"""``watchdog`` measures the running bot, ``alarms`` decides which measurements are posted as alarms."""
