"""Input channels: the doors by which the rest of Ownerdesk speaks to Rasa."""
