"""How the window looks: tokens, the style sheet built from them, icons, small styled widgets."""
