"""The pages and links that subscribers meet."""
