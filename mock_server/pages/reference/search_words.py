"""What the pages of a search say and show, those of the server and those in files."""

# Results of one kind on a page.
MAX_SHOWN = 20
KIND_LABELS = {
    "operation": "Operations",
    "callback": "Callbacks",
    "guide": "Guides",
    "field": "Fields",
    "parameter": "Parameters",
    "error": "Error cases",
    "state": "States",
    "lifecycle": "Lifecycles",
    "schema": "Schemas",
    "law": "Laws between requests",
    "contradiction": "Contradictions",
    "chapter": "Chapters",
    "overview": "Vendors",
}
