"""The panel: what people see of every conversation, and where they act; a file a page."""
