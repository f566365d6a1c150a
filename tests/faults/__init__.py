"""What becomes of a re-grade when processes are killed and servers vanish: `./run faults`."""
