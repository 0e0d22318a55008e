"""Problems about initialisation: how large activations and gradients are at the start of training."""
