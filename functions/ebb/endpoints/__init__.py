"""How an endpoint goes from one state to the next: pure decisions, and the steps that several functions take."""
