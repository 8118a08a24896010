"""The simulated workspace as a page in the browser, with the simulated services beside it."""
