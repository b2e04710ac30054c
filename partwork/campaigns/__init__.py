"""Campaigns: their definition files, and what is done with them before anything is sent."""
