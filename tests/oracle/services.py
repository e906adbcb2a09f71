"""Rules of the services that have room for so many, and of referrals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capacity_sim import streams

if TYPE_CHECKING:
    from capacity_sim.model.engine import World

SERVICES = ("unpaid_work", "programme", "tag", "approved_premises", "referral")
WITH_PLACES = SERVICES[:4]
REQUIREMENTS = SERVICES[:2]  # a court's; the others are needs
PLACES = {
    "unpaid_work": "interventions.unpaid_work.places",
    "programme": "interventions.programme.places",
    "tag": "interventions.tag.fittings",
    "approved_premises": "interventions.approved_premises.beds",
}


class ServiceRules:
    """What a world says of the services."""

    def __init__(self, world: World) -> None:
        fixed, weekly = world.parameters.fixed, world.parameters.weekly
        self.places = {service: weekly(path).tolist() for service, path in PLACES.items()}
        self.attendance = weekly("people.unpaid_work.attendance").tolist()
        self.spread = weekly("people.unpaid_work.attendance_spread").tolist()
        self.extended_share = weekly("people.unpaid_work.extended_share").tolist()
        self.extension = np.rint(weekly("people.unpaid_work.extension_weeks")).astype(int).tolist()
        self.limit = np.rint(weekly("people.unpaid_work.limit_weeks")).astype(int).tolist()
        self.ready = round(float(fixed("people.programme.wait")))
        self.sessions = round(float(fixed("people.programme.sessions")))
        self.take_up = weekly("people.programme.take_up").tolist()
        self.dropout = weekly("people.programme.dropout").tolist()
        self.priority = weekly("interventions.programme.priority").tolist()
        self.bed_share = weekly("people.approved_premises.share").tolist()
        self.stay = np.rint(weekly("people.approved_premises.stay")).astype(int).tolist()
        self.waited = {s: round(float(fixed(f"interventions.{s}.wait_at_start"))) for s in REQUIREMENTS}

    def comes(self, key: int, row: int) -> float:
        """Chance that a person comes to a day of unpaid work."""
        u = streams.unit_int(streams.child_int(key, streams.ATTENDANCE))
        own = self.attendance[row] + self.spread[row] * (2 * u - 1)
        return min(1.0, max(0.0, own))
