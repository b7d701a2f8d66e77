"""One vendor's contract as frozen values. Imports neither Flask, SQLAlchemy, schemathesis, requests nor urllib3."""
