"""One file a noun: read the request, call one service or query, show its result or its refusal."""
