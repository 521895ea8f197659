"""What a mutant does: put into force, or proved to decide nothing differently."""
