"""What is true of networks, and why."""
