"""One module an email provider, all answering one contract; `registry` opens one by its name."""
