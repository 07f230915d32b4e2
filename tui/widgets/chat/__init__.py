"""The transcript of a conversation and the composer below it."""
