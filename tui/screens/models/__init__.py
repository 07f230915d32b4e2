"""The section Models, and the forms and dialogs about models."""
