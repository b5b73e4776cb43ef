"""What the functions run: a room for each of them, with what it alone runs; what several of them run lies beside.

Handlers call once in here; decisions are pure, AWS stands around them.
"""
