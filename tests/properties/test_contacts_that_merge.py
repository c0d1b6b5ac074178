"""Customers whom we take for two, united while work of both is in hand: nothing is lost by it, nothing said twice."""

from functools import partial

from hypothesis import settings
from hypothesis.stateful import rule, run_state_machine_as_test

from properties.house import House
from properties.machine import Planned, processes, troubles, words
from properties.setting import HOLDS
from properties.test_inbox_and_turns import InboxMachine
from support.faults import fault

NUMBER, BSUID, OLD_NUMBER = "971501110001", "AE.13491208655302741918", "971501110004"


class MergingMachine(InboxMachine):
    """One customer under three names, until messages and notices tell."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        named = ({"number": NUMBER}, {"bsuid": BSUID}, {"number": OLD_NUMBER})
        self.phones = [house.world.phone(line=HOLDS, **name) for name in named]

    @rule(text=words, process=processes, trouble=troubles)
    def shows_both_names(self, text: str, process: int, trouble: Planned) -> None:
        """A message that carries number and BSUID is evidence."""
        phone = self.phones[0]
        phone.bsuid, phone.shows_bsuid = BSUID, True
        self.house.world.moved(phone)
        self.deliver(process, [self.house.says(phone, text)], trouble)

    @rule(process=processes, trouble=troubles)
    def changes_number(self, process: int, trouble: Planned) -> None:
        """WhatsApp says that the old number is the new one's."""
        phone = self.phones[2]
        if phone.number == OLD_NUMBER:
            said = phone.changes_number(NUMBER)
            self.house.said.append(said)
            self.deliver(process, [said], trouble)

    @rule(process=processes, trouble=troubles)
    def unites(self, process: int, trouble: Planned) -> None:
        chosen = self.process(process)
        self.begin(chosen, chosen.reconciler.unite_contacts_once, trouble)


@fault(51)
def test_while_two_contacts_become_one_nothing_is_lost_and_nothing_is_said_twice(
    house: House, lengths: settings
) -> None:
    fewer = settings(lengths, max_examples=lengths.max_examples // 2)  # most of it is the other machine's

    run_state_machine_as_test(partial(MergingMachine, house), settings=fewer)
