"""The laws between requests, tested actively: pages, filters, order, created and deleted records, edges."""
