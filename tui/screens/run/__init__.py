"""The forms that start a prediction or a training."""
