"""What every figure is drawn on: colours, places in inches, pictures, words."""
