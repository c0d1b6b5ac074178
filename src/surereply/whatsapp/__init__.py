"""The Cloud API: what comes in, what goes out, and nothing that knows a database."""
