"""What pagers are told of the changes that wait."""
