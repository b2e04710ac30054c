"""From a source file to an article, and from an article to a series of parts. Pure."""
