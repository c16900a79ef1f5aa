"""Lines 0 to 3 as a pure machine: state and an event in, a decision out. No I/O, no clock."""
