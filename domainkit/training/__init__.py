"""From a recipe and rows that cite their sources to a candidate LoRA adapter."""
