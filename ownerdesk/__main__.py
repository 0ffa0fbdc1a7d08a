"""`python -m ownerdesk` is the command `ownerdesk`."""

from ownerdesk.cli import main

if __name__ == "__main__":
    main()
