"""Layer 5: three PostgreSQL nodes with synchronous replication, the primary destroyed under load."""
