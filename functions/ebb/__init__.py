"""What the functions share. Handlers call once in here; decisions are pure, AWS stands around them."""
