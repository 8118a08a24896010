"""The parts of one attempt that several kinds of change share."""
