"""The site for staff: work list, handoffs, one appeal on one page; also health, metrics and the webhook."""
