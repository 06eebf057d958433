# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""How one account stops phone numbers in a run over many accounts: suppress, cancel, hang up, look again.

Each step against one form of one number, in one place, is a target of the plan. A vendor subclasses ``NumberSteps`` and
says which module carries out which step, and what it cannot do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .account_steps import AccountSteps, CallFailed, Calls, PlannedTarget, Preview, Result, Target
from .number_outcomes import CANCEL, LOOK, STEPS, SUPPRESS, NumberOutcome, module_options, outcome_of
from .outcomes import FAILURES, Outcome


@dataclass(frozen=True, kw_only=True)
class NumberSettings:
    """What a run wants of every account; ``look_first`` is false where there is no time for a plan of its own."""

    suppress: bool
    cancel: bool
    hang_up: bool
    look_first: bool
    places: Sequence[Mapping[str, Any]]

    def wanted(self) -> list[str]:
        """Return the steps to carry out, in their order."""
        return [step for step in STEPS if step == LOOK or getattr(self, step)]


@dataclass(frozen=True)
class NumberStep:
    """A step that a vendor has: its module with the options of every call, and the options that name a place."""

    module: str
    options: Mapping[str, Any] = field(default_factory=dict)
    place: tuple[str, ...] = ()
    """Options that name where numbers are, all of them; without any, one request is about the whole account."""

    place_too: tuple[str, ...] = ()
    """Options that may name more of it."""

    also: Mapping[str, Any] = field(default_factory=dict)
    """Options of every target besides."""


class NumberSteps(AccountSteps):
    """Carries the steps out for all numbers, one task a step."""

    CAMPAIGNS: ClassVar[type[AccountSteps]]
    """The account's steps for campaigns: an account is reached in the same way."""

    NUMBER_STEPS: ClassVar[Mapping[str, NumberStep | str]]
    """Step → what carries it out, or in words why nothing can; ``look`` names what is read again."""

    PLACES: ClassVar[str] = ""
    """What has to be said of where numbers are; empty where it need not be said."""

    SETTINGS = NumberSettings

    def connection_spec(self) -> dict[str, Any]:
        """Return the argument spec of how an account is reached."""
        return self.CAMPAIGNS().connection_spec()

    def identify(self, connection: Mapping[str, Any]) -> dict[str, Any]:
        """Return address, login and product of an account, or raise OptionError. Nothing is sent."""
        return self.CAMPAIGNS().identify(connection)

    def complete(self, targets: Sequence[Target], settings: NumberSettings) -> list[Target]:
        """Return a target for each step, number, place and form; ``targets`` are numbers with their forms.

        Raises CallFailed where it is not known in which places numbers are.
        """
        self.check_places(settings.places)
        places = {step: _places(how, settings.places) for step, how in self.NUMBER_STEPS.items()}
        return [
            {"name": f"{step} {each['number']}", "step": step, "number": each["number"], **options}
            for each in targets
            for step in settings.wanted()
            for options in self._targets(step, each, places[step])
        ]

    def check_places(self, places: Sequence[Mapping[str, Any]]) -> None:
        """Raise CallFailed if a place is not said in full: what is left out would look as if nothing were there."""
        if not self.PLACES:
            return
        if not places:
            raise CallFailed(f"stop_number_places is missing: it takes a list of {self.PLACES}")
        needed = {name for how in self.NUMBER_STEPS.values() if isinstance(how, NumberStep) for name in how.place}
        for index, place in enumerate(places):
            if missing := sorted(name for name in needed if place.get(name) in (None, "")):
                raise CallFailed(
                    f"stop_number_places[{index}] has no {' and no '.join(missing)}: each place takes {self.PLACES}"
                )

    def _targets(self, step: str, number: Target, places: Sequence[Target]) -> Iterator[Target]:
        how = self.NUMBER_STEPS[step]
        if isinstance(how, str):
            foreseen = NumberOutcome.CANNOT_BE_READ if step == LOOK else NumberOutcome.UNSUPPORTED
            yield {"why": how, "foreseen": foreseen.value}
        elif "refused" in number:
            yield {"why": number["refused"], "foreseen": Outcome.REFUSED.value}
        else:
            for place in places:
                for form in number["forms"]:
                    yield {**place, **how.also, **form}

    def preview(self, calls: Calls, targets: Sequence[Target], settings: NumberSettings) -> Preview:
        """Say what would be done; without a look first, that everything would be."""
        results = [_foreseen(target) for target in targets]
        if settings.look_first:
            for index, result in self._ask_all(calls, targets, lambda target: "why" not in target):
                results[index] = {**result, "outcome": outcome_of(targets[index]["step"], result)}
        return Preview(results)

    def _ask_all(
        self, calls: Calls, targets: Sequence[Target], wanted: Callable[[Target], bool]
    ) -> Iterator[tuple[int, Result]]:
        """Yield what modules say in check mode of the wanted targets, with their indexes; a look has no module."""
        for step in STEPS:
            of_step = {index: each for index, each in enumerate(targets) if each.get("step") == step and wanted(each)}
            if of_step and step != LOOK:
                yield from zip(of_step, self._ask(calls, step, list(of_step.values())), strict=True)

    def _ask(self, calls: Calls, step: str, targets: Sequence[Target]) -> Sequence[Result]:
        """Return what the module of a step says in check mode."""
        how = self._how(step)
        try:
            asked = [module_options(target) for target in targets]
            return list(calls.preview(how.module, targets=asked, **how.options)["results"])
        except CallFailed as error:
            return [failed(str(error)) for _target in targets]

    def watch(self, calls: Calls, targets: Sequence[PlannedTarget]) -> list[Result | None]:
        """Read the targets of steps again, in check mode; None for each one that cannot be read."""
        found = dict(self._ask_all(calls, [target.options for target in targets], self.can_watch))
        return [found.get(index) for index in range(len(targets))]

    def apply(self, calls: Calls, targets: Sequence[PlannedTarget], settings: NumberSettings, journal: Any) -> None:
        """Carry the steps out, one after the other for all numbers; one that fails does not keep the next back."""
        errors = []
        for step in STEPS:
            of_step = [target for target in targets if target.options["step"] == step]
            if not of_step:
                continue
            try:
                if step == LOOK:
                    found = self.look(calls, of_step, settings)
                    calls.note(LOOK, [target.place for target in of_step], found)
                else:
                    self.carry_out(calls, step, of_step)
            except CallFailed as error:
                errors.append(f"{step}: {error}")
        if errors:
            raise CallFailed("; ".join(errors))

    def carry_out(self, calls: Calls, step: str, targets: Sequence[PlannedTarget]) -> list[Result]:
        """Call the module of a step; return its results."""
        how = self._how(step)
        asked = [module_options(target.options) for target in targets]
        return calls.write(step, how.module, [target.place for target in targets], targets=asked, **how.options)

    def look(self, calls: Calls, targets: Sequence[PlannedTarget], settings: NumberSettings) -> list[Result]:
        """Look again at what the steps were about; return a result with an outcome of this collection's own words."""
        raise NotImplementedError

    def look_at_both(
        self, calls: Calls, targets: Sequence[PlannedTarget], settings: NumberSettings, unit: str
    ) -> list[Result]:
        """Find again what was cancelled, a list under the key ``unit``, and on the list what was suppressed."""
        options = [target.options for target in targets]
        found = self._ask(calls, CANCEL, options)
        listed = self._ask(calls, SUPPRESS, options) if settings.suppress else [{"pending_before": 0}] * len(targets)
        return [_judged(*each, unit) for each in zip(targets, found, listed, strict=True)]

    def _how(self, step: str) -> NumberStep:
        how = self.NUMBER_STEPS[step]
        if isinstance(how, str):
            raise CallFailed(how)
        return how


def why_not_whole(answer: Result) -> str | None:
    """Return why an info module did not read everything, an interrupt included; None if it did."""
    if not answer.get("failed"):
        return None
    return str((answer.get("error") or {}).get("message") or answer.get("msg"))


def looked(target: PlannedTarget, outcome: str, number: int | None, message: str = "", **more: Any) -> Result:
    """Return the result of a look: ``number`` is how much was found that would still be dialed, or goes on."""
    return {
        "target": module_options(target.options),
        "outcome": outcome,
        "changed": False,
        "pending_before": number,
        "pending_after": number,
        "verified": number is not None,
        "attempts": 0,
        "elapsed": 0,
        "error": _error(message) if message else None,
        **more,
    }


def unread(target: PlannedTarget, result: Result, words: str) -> Result:
    """Return the result of a look that gave no number. A read that failed is a failure: the system can be read."""
    outcome = str(result.get("outcome"))
    message = (result.get("error") or {}).get("message") or words
    return looked(target, outcome if outcome in FAILURES else NumberOutcome.CANNOT_BE_READ.value, None, str(message))


def _judged(target: PlannedTarget, found: Result, listed: Result, unit: str) -> Result:
    number = found.get("pending_before")
    if number:
        return looked(target, NumberOutcome.REFILLED, number, f"{number} {unit} would be dialed; run this again")
    if listed.get("pending_before"):
        return looked(target, NumberOutcome.REFILLED, 0, "the number is not on the do-not-call list; run this again")
    for result in (found, listed):
        if result.get("pending_before") is None:
            return unread(target, result, "what was read does not tell whether anything is left")
    if not found.get(unit):
        return looked(target, NumberOutcome.NOT_FOUND, 0)
    return looked(target, NumberOutcome.STILL_CLEAR, 0, **{unit: found[unit]})


def failed(message: str) -> Result:
    """Return the result of a step that could not be asked about."""
    return {"target": None, "outcome": Outcome.FAILED.value, "error": _error(message)}


def _places(how: NumberStep | str, places: Sequence[Mapping[str, Any]]) -> list[Target]:
    """Return the places that a step is about, each once."""
    if isinstance(how, str) or not how.place:
        return [{}]
    found: list[Target] = []
    for place in places:
        named = {name: place[name] for name in (*how.place, *how.place_too) if place.get(name) is not None}
        if named.keys() >= set(how.place) and named not in found:
            found.append(named)
    return found


def _foreseen(target: Target) -> Result:
    return {
        "target": None,
        "outcome": target.get("foreseen") or f"would_{target['step']}",
        "pending_before": None,
        "error": _error(target["why"]) if "why" in target else None,
    }


def _error(message: str) -> dict[str, Any]:
    return {"kind": None, "status": None, "code": None, "message": message}
