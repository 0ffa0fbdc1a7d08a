"""Journeys: owners with phones and staff at the console, through a whole running Ownerdesk."""
