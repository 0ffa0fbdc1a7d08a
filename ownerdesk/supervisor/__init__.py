"""`ownerdesk run`: checks, database, model, and the processes of one machine, watched until they are told to stop."""
