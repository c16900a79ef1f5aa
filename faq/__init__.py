"""Line 0 as a library of its own: load, lint, match and explain a FAQ kept in YAML."""
