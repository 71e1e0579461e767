"""Child processes: parse, index and infer, each behind one typed channel over spawn and pipes."""
