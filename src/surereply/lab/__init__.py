"""A WhatsApp one can break: a fake Graph API with a ledger, Meta's webhooks, and phones one can read."""
