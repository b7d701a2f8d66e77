"""Takes secrets out of what is logged, recorded or reported."""
