"""Webhook in, real flow, lead, reply accepted by a fake provider over HTTP: all on one machine."""
