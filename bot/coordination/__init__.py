"""Wake-ups between the parts that wait for each other's work. In-process here; SQL is the truth,
so a lost wake-up costs latency only."""
