"""Pages as pictures: drawing them, recognising text in them, marking places on them."""
