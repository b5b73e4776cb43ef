"""What the functions share. Handlers read an event and call once in here; decisions are pure, AWS stands around them."""
