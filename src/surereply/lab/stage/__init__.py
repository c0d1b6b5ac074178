"""What a demo and a torture stand on: businesses, their servers and people, a home that is gone afterwards."""
