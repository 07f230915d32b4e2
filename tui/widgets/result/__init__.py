"""What a prediction or training gave: output, logs, metrics, curves."""
