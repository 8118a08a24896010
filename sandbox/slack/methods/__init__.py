"""The methods of Slack's Web API that the simulated workspace answers."""
