"""The core of Ownerdesk: tables, rules, queries, services and the adapters to the world outside."""
