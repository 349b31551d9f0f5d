"""Tables of a page: how they are shown, and which there are."""
