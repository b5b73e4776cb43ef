"""tear_down_idle: what is proven idle is put to sleep, and later purged; what nobody was told of is found."""
