"""The deep reader: a language model, cut to its lower and middle layers, that turns texts into vectors over HTTP."""
