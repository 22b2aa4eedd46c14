"""Pictures of the simulated street as a camera would take them, with the true place of every vehicle in them."""
