"""How the phrases of `ownerdesk/content/emergency_phrases/` are loaded, found in a text and weighed.

`lexicon` loads the words of every language and the signs built from them, `reading` finds the words in
a message, `scopes` decides which of them are meant as happening now. `rules/emergencies.py` asks all three.
"""
