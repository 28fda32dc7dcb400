"""Learning from models that were trained before: their weights as a start, or their outputs as a teacher."""
