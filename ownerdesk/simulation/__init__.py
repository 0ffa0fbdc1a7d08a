"""A month of a property company in minutes: invented owners, operators and faults drive the real services with a fast
clock, and after every event it is checked that nothing which must never happen has happened.

It needs a database of its own, which it fills; `ownerdesk simulate` gives it one.
"""
