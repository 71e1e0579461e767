"""The look of the window: tokens, the style sheet built from them, icons, small styled widgets."""
