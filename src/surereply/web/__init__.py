"""Our side of HTTP: the webhook, and the admin API."""
