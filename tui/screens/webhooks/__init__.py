"""The section Webhooks."""
