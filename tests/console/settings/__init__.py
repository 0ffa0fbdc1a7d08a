"""The pages on which a company is set up."""
