"""The model: people, work, staff and delivery, and the engine that runs them."""
