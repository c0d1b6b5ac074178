"""A language model one can break: a server that speaks OpenAI's protocol, and the minds that answer behind it."""
