"""Texts that tell users where to read their mail: made for a person to hand on, never sent by the bot."""
