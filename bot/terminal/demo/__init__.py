"""`demo`: the real bot against the simulated services, on a page in the browser or as a transcript.

``command`` starts services, page and bot. ``setting`` is who is there and who may do what.
``bot_process`` starts, stops and kills the bot, which ``bot_main`` runs with a clock that can be moved.
``completion`` completes `/continuity …` by the bot's grammar, with what is ``known`` to the person.
``tour`` is the first two minutes. ``transcript`` is the unattended form: it ends by itself.
"""
