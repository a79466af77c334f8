"""The schema of every file in a pack, so that ``packs`` alone can check a whole pack."""
