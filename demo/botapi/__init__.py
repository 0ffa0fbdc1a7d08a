"""The Bot API methods a bot may call: a faithful subset, one file per subject."""
