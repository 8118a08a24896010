"""The way of a command.

Slack delivers a payload, over the socket that ``slack/inbound/socket_mode.py`` keeps open or, signed, to
``slack/inbound/http_server.py``; ``slack/inbound/worker.py`` saves it to the inbox before it is acknowledged. A worker takes it
from there: ``grammar`` turns the text into a command of ``domain/``, and a use case of ``service/`` asks
the role table and Slack whether this person may, there, for this customer (``authorise``). What takes
minutes, such as a list of users (``slack/features/list_users_export.py``), goes on beside the workers. Each step of a
change is one transaction of ``store/``, with its audit entry and the messages it makes due.

In ``service/`` a change is proposed (``propose``), counted (``preview``) and decided on (``decide``). The
executor (``execute``) claims what is approved (``claim``), or has it asked again where what was decided
on no longer holds (``stale``), calls ``continuity/``, reads back, and saves the outcome; what reading back
does not settle is concluded by a person (``settle``). That is the life of every kind of change: what a kind
asks of the API stands in ``service/acts``, its words in ``slack/views/kinds``. A token alone is left to the
hand of its requester: made when they press, and shown to them (``by_hand``).

What takes more than a word or a click, such as forms, files and lists, stands in ``slack/features``; secrets
that are typed into a form never see the inbox (``slack/inbound/secret_forms.py``). The publisher of ``slack/outbox`` brings
cards, timelines and outcomes up to date, within Slack's rates (``pace``), until Slack has taken them.
Meanwhile the watchdog (``watch``) measures what goes wrong without an error, for ``/metrics`` and the
operations channel. ``bootstrap`` starts all of it and ends it.

While Slack is down ``terminal/exec/command.py`` hands the same text to the same use cases, and executes where no
bot does. What else is done at the terminal needs the database alone, or looks at it (``doctor``).
"""

__version__ = "0.2.0"
