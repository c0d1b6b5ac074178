"""What a language model of two seconds does to throughput."""
