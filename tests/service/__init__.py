"""The use cases, over fakes of the outside and the real store."""
