"""A part compiled once, merged per subscriber, and written as an email."""
