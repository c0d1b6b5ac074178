"""Our side of HTTP: the webhook, the admin API, and the panel."""
