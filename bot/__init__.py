"""How a command travels through the code.

**In.** Slack sends a payload over Socket Mode (``slack/inbound/socket_mode.py``) or, signed, over
HTTP (``http_server.py``). ``bolt_app.py`` has a listener for each command, button and modal that a
feature declares; the listener parses the payload (``slack/payloads.py``), saves it to the inbox and
acknowledges it (``receiver.py``). A worker (``worker.py``) takes it from the inbox, also after a
restart, and ``router.py`` calls the handler that the module of the feature in ``slack/features``
declares for it. ``runner.py`` counts and logs how that ended, and turns an error into a reply. What
is typed into a secret modal never reaches the inbox: it takes the same way in memory.

**Use cases.** ``grammar`` parses the text into a command of ``domain``, or refuses it with an
example that is made from it. Where a customer is named, its number is put in
(``access/customer_names.py``). A use case of ``service`` asks the role table and Slack whether the
person has the right of the command, for this customer, in this channel (``access/authorise.py``). A
change is proposed, counted and decided on (``service/changes``: ``propose``, ``preview``,
``decide``). The executor (``executor.py``) starts what is approved (``schedule.py``, or
``stale.py`` where the preview no longer holds), calls
``continuity``, reads back and saves the outcome; what reading back cannot tell, a person concludes
(``resolve.py``). What a kind of change asks of the API stands in ``service/change_types``, its
wording in ``slack/views/changes``. A token is made when its requester presses the button
(``token_reveal.py``).

**Out.** Each step of a change is one transaction of ``store``, with its audit entry and the
messages that it makes due. ``slack/outbox`` posts and updates them, within Slack's rate limits,
until Slack has taken them. The watchdog (``service/monitoring``) measures what goes wrong without
an error.

**Replicas.** Several processes may run on one database (``service/replicas``): each takes deliveries
in and carries them out, one leads and runs executor and publisher (``leader_part.py``). One that the
others took for dead can write nothing more.

``bootstrap.py`` builds and starts all of it. While Slack is down, ``terminal/exec`` passes the same
text to the same use cases, and runs the executor where no bot does.
"""

__version__ = "0.2.0"
