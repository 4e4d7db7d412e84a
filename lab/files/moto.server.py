"""The lab's cloud: moto 5.2.5, and what it lacks of AWS Systems Manager that the lab's stacks ask for.

moto makes maintenance windows and can change none; it drops whether one is enabled, and what a task does at the
cutoff; it takes no calendar as a document. Each addition does as the page of its action in the API reference says. And who has no
right is told so in XML by every service, also by those that speak JSON, whose clients then can not read what was refused.
"""

from moto.core.exceptions import AccessDeniedError
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores
from moto.server import main
from moto.ssm import models
from moto.ssm.exceptions import DoesNotExistException
from moto.ssm.responses import SimpleSystemManagerResponse as Answers

Window = models.FakeMaintenanceWindow
Task = models.FakeMaintenanceWindowTask
_unsaid = object()


def _after(owner, name, more):
    """Has what a method returns extended by another function of the same arguments."""
    before = getattr(owner, name)
    setattr(owner, name, lambda self, *words, **named: more(self, before(self, *words, **named)))


_after(
    Window,
    "to_json",
    lambda self, said: {
        **said,
        "Enabled": getattr(self, "enabled", True),
        "AllowUnassociatedTargets": getattr(self, "allow_unassociated_targets", False),
    },
)
_after(Task, "to_json", lambda self, said: {**said, "CutoffBehavior": self.cutoff_behavior})


def _create(self, before=Answers.create_maintenance_window):
    answer = before(self)
    window = self.ssm_backend.get_maintenance_window(answer.result["WindowId"])
    window.allow_unassociated_targets = self._get_param("AllowUnassociatedTargets", False)
    return answer


def _changed(answers, one, names):
    """Sets what was said; with Replace, what was not said goes."""
    replaces = answers._get_param("Replace", False)
    for name in names:
        said = answers._get_param(name, _unsaid)
        if said is not _unsaid or replaces:
            setattr(one, camelcase_to_underscores(name), None if said is _unsaid else said)
    return one


_of_window = (
    "Name Description StartDate EndDate Schedule ScheduleTimezone ScheduleOffset Duration Cutoff "
    "AllowUnassociatedTargets Enabled"
).split()


def _update_window(self):
    window = self.ssm_backend.get_maintenance_window(self._get_param("WindowId"))
    return ActionResult(_changed(self, window, _of_window).to_json())


def _part(self, kind):
    window = self.ssm_backend.get_maintenance_window(self._get_param("WindowId"))
    id_ = self._get_param("WindowTargetId" if kind == "targets" else "WindowTaskId")
    found = getattr(window, kind).get(id_)
    if found is None:
        raise DoesNotExistException(id_)
    return found


def _update_target(self):
    names = ["Targets", "OwnerInformation", "Name", "Description"]
    return ActionResult(_changed(self, _part(self, "targets"), names).to_json())


_of_task = (
    "Targets TaskArn ServiceRoleArn TaskParameters TaskInvocationParameters Priority MaxConcurrency MaxErrors "
    "LoggingInfo Name Description CutoffBehavior"
).split()


def _update_task(self):
    return ActionResult(_changed(self, _part(self, "tasks"), _of_task).to_json())


Answers.create_maintenance_window = _create
Answers.update_maintenance_window = _update_window
Answers.update_maintenance_window_target = _update_target
Answers.update_maintenance_window_task = _update_task
Answers.get_maintenance_window_task = lambda self: ActionResult(_part(self, "tasks").to_json())


def _document(self, *words, before=models.Document.__init__, **named):
    """A calendar is a text; to moto it is a document of Systems Manager without steps."""
    content, is_text = named.get("content"), named.get("document_format") == "TEXT"
    if is_text:
        named = {**named, "document_format": "JSON", "content": '{"schemaVersion": "1.0"}'}
    before(self, *words, **named)
    if is_text:
        self.document_format, self.content = "TEXT", content


def _format(document_format, before=models._validate_document_format):
    if document_format != "TEXT":
        before(document_format)


@staticmethod
def _content(document_format, document, before=models.SimpleSystemManagerBackend._get_document_content):
    return document.content if document.document_format == "TEXT" else before(document_format, document)


def _authorize(self, *words, before=BaseResponse._authenticate_and_authorize_normal_action):
    try:
        before(self, *words)
    except AccessDeniedError as refused:
        raise (refused.to_json() if "json" in self.headers.get("Content-Type", "") else refused)


BaseResponse._authenticate_and_authorize_normal_action = _authorize
models.Document.__init__ = _document
models._validate_document_format = _format
models.SimpleSystemManagerBackend._get_document_content = _content

if __name__ == "__main__":
    main()
