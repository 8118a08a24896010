"""Words that several features share."""

from __future__ import annotations

FLAG = {True: "on", False: "off", None: "not told"}
ACTIVATED = {True: "activated", False: "not activated", None: "activation not told"}
ALL_CUSTOMERS = "All customers"
NEW_GROUPS = "• *new groups*, which no user is in yet: {groups}. Are the names right?"
GROUPS_NOT_LOOKED_UP = "• it is not known whether any user is in these groups: {groups}"
WITHDRAWN = "{change} is withdrawn."
READ_BACKS_BUSY = "Others are being read back now. Press it again in a minute."
