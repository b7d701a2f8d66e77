"""Seeds: files that declare accounts with what they hold, for a server that starts."""
