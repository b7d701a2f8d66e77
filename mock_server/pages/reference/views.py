"""The pages of the reference. All are read with GET, and their URLs end in `/` or in a file's name."""

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.blueprints import BlueprintSetupState

from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.reference.marks import KINDS
from bodydouble.contracts.reference.schema_words import written
from bodydouble.contracts.reference.search_index import MAX_QUERY_LENGTH
from bodydouble.contracts.signing.snippets import Caller, snippets
from bodydouble.contracts.signing.worked_examples import callback_example, sign_in_examples
from bodydouble.mock_server.pages.callers import CallerOf
from bodydouble.mock_server.pages.reference.downloads import add_downloads
from bodydouble.mock_server.pages.reference.drawings import diagram, schedule
from bodydouble.mock_server.pages.reference.library import Library, keep_library, the_library
from bodydouble.mock_server.pages.reference.links import place_of, place_url
from bodydouble.mock_server.pages.reference.lookup import found_or_404, vendor_or_404
from bodydouble.mock_server.pages.reference.prose import excerpt, law_line, paragraphs, prose
from bodydouble.mock_server.pages.reference.search_words import KIND_LABELS, MAX_SHOWN

# Below the prefix under which an application has them.
_PREFIX, _VENDOR = "/_mock/reference", "/<vendor>"


def reference_pages(contracts: Mapping[str, Contract], caller_of: CallerOf = Caller.unknown) -> Blueprint:
    """The pages of the reference.

    Args:
        contracts: by the names of their vendors, in the order in which they are shown.
        caller_of: whose credentials the lines of code have.
    """
    pages = Blueprint("reference", __name__, url_prefix=_PREFIX)
    library = Library(contracts)
    pages.record_once(lambda state: _set_up(state, library))
    _add_common_pages(pages)
    _add_vendor_pages(pages, caller_of)
    _add_operation_pages(pages, caller_of)
    _add_named_pages(pages, caller_of)
    add_downloads(pages)
    return pages


def _set_up(state: BlueprintSetupState, library: Library) -> None:
    keep_library(state.app, library)
    environment = state.app.jinja_env
    environment.filters.update(prose=prose, paragraphs=paragraphs, written=written, law_line=law_line)
    environment.globals.update(place_url=place_url, place_of=place_of, excerpt=excerpt)


def _add_common_pages(pages: Blueprint) -> None:
    @pages.get("/")
    def index() -> str:
        return render_template("reference/index.html", vendors=the_library().vendors.values())

    @pages.get("/sources/")
    def sources() -> str:
        return render_template("reference/sources.html", kinds=KINDS)

    @pages.get("/search/")
    def search() -> str:
        query = request.args.get("q", "").strip()[:MAX_QUERY_LENGTH]
        groups = the_library().index.search(query) if query else {}
        shown = {"terms": query.split(), "groups": groups, "labels": KIND_LABELS, "limit": MAX_SHOWN}
        return render_template("reference/search.html", query=query, **shown)


def _add_vendor_pages(pages: Blueprint, caller_of: CallerOf) -> None:
    @pages.get(f"{_VENDOR}/")
    def overview(vendor: str) -> str:
        reference = vendor_or_404(vendor)
        caller = caller_of(reference.contract)
        worked = sign_in_examples(reference.contract, caller)
        return render_template("reference/overview.html", vendor=reference, caller=caller, worked=worked)

    @pages.get(f"{_VENDOR}/errors/")
    def errors(vendor: str) -> str:
        return render_template("reference/errors.html", vendor=vendor_or_404(vendor))

    @pages.get(f"{_VENDOR}/contradictions/")
    def contradictions(vendor: str) -> str:
        return render_template("reference/contradictions.html", vendor=vendor_or_404(vendor))

    @pages.get(f"{_VENDOR}/laws/")
    def laws(vendor: str) -> str:
        return render_template("reference/laws.html", vendor=vendor_or_404(vendor))

    @pages.get(f"{_VENDOR}/schemas/")
    def schemas(vendor: str) -> str:
        return render_template("reference/schemas.html", vendor=vendor_or_404(vendor))


def _add_operation_pages(pages: Blueprint, caller_of: CallerOf) -> None:
    @pages.get(f"{_VENDOR}/operations/<name>/")
    def operation(vendor: str, name: str) -> str:
        reference = vendor_or_404(vendor)
        shown, caller = found_or_404(reference.operation, name), caller_of(reference.contract)
        lines = tuple(snippets(reference.contract, caller, shown.operation))
        return render_template("reference/operation.html", vendor=reference, shown=shown, caller=caller, snippets=lines)


def _add_named_pages(pages: Blueprint, caller_of: CallerOf) -> None:
    @pages.get(f"{_VENDOR}/callbacks/<name>/")
    def callback(vendor: str, name: str) -> str:
        reference = vendor_or_404(vendor)
        shown = found_or_404(reference.callback, name)
        drawn, caller = schedule(shown.attempts), caller_of(reference.contract)
        facts = {"caller": caller, "worked": callback_example(shown.callback, caller)}
        return render_template("reference/callback.html", vendor=reference, shown=shown, drawn=drawn, **facts)

    @pages.get(f"{_VENDOR}/lifecycles/<name>/")
    def lifecycle(vendor: str, name: str) -> str:
        reference = vendor_or_404(vendor)
        shown = found_or_404(reference.lifecycle, name)
        return render_template("reference/lifecycle.html", vendor=reference, shown=shown, drawn=diagram(shown))

    @pages.get(f"{_VENDOR}/schemas/<name>/")
    def schema(vendor: str, name: str) -> str:
        reference = vendor_or_404(vendor)
        shown = found_or_404(reference.schema, name)
        return render_template("reference/schema.html", vendor=reference, shown=shown, users=reference.users(name))
