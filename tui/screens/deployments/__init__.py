"""The section Deployments."""
