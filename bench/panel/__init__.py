"""What the panel costs: pages over a long history, and open pages beside the pipeline."""
