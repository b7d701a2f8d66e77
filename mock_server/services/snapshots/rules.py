"""What the control plane would not take, no snapshot may have: settings and scenarios."""

from collections.abc import Mapping, Sequence
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.validators import Validator
from bodydouble.mock_server.services import scenario_rules, setting_rules
from bodydouble.mock_server.services.scenario_rules import ScenarioRejected
from bodydouble.mock_server.services.snapshots.document import Document, SnapshotError
from bodydouble.mock_server.vendor_api.settings import Objection, SettingRejected
from bodydouble.mock_server.vendor_api.vendor import Vendor


@dataclass(frozen=True, slots=True)
class ControlRules:
    """The rules of the control plane.

    Attributes:
        scenario_form: of the body that adds a scenario.
        objection_to: why nothing may be sent to a URL, or None.
    """

    vendors: Mapping[str, Vendor]
    scenario_form: Validator
    objection_to: Objection

    def require(self, document: Document) -> None:
        """Require that the settings and scenarios of a document, whose form is right, keep to them.

        Raises:
            SnapshotError: the first field that does not.
        """
        try:
            setting_rules.check_settings(document["settings"], self.vendors, self.objection_to)
        except SettingRejected as error:
            raise SnapshotError.of(f"/settings{error}") from error
        self._require_scenarios(document["scenarios"])

    def _require_scenarios(self, scenarios: Sequence[Mapping[str, Any]]) -> None:
        for index, scenario in enumerate(scenarios):
            place, body = f"/scenarios/{index}", scenario_rules.body_of(scenario)
            for violation in self.scenario_form.violations(body):
                raise SnapshotError(
                    f"{place}{violation.pointer}", f"{violation.rule}: expected {violation.expectation}"
                )
            try:
                scenario_rules.check(body, self.vendors)
            except ScenarioRejected as error:
                raise SnapshotError.of(f"{place}{error}") from error
