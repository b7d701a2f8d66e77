"""The pages that people read: dashboard, contract reference and guides, as one Flask application."""
