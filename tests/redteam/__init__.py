"""Those who try to talk the business's language model into things, and what becomes of it."""
