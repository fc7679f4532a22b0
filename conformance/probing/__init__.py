"""How a row finds out: its conversation, the contrast, what the model can show, and the verdict."""
