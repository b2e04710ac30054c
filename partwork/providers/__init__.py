"""One module an email provider, all answering one contract."""
