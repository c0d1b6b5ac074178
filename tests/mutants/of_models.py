"""The bugs of a language model's part: what the model proposes, believed. The red team sees them; no layer of the proof
has a model, so they stand apart."""

from mutants.planting import Mutant, edit

MODELS = "surereply.models"

BELIEVING = (
    Mutant(
        "rewording_unchecked",
        "whatever a customer talks the model into is said to them in the business's name",
        (
            edit(
                f"{MODELS}.language_model:ModelTurn._proposed",
                ("refusals = check(texts, wanted.offered, bounds)", "refusals = ()"),
            ),
        ),
    ),
    Mutant(
        "model_believed",
        "what the model says the customer said is written into the lead: unquoted, of any shape and size",
        (
            edit(
                f"{MODELS}.reading:_fact",
                (
                    'proposal, at = _quoted(given, raw, "field")',
                    "whole = given.messages[0].text\n"
                    '    proposal, at = Proposal("fact", raw["field"], None, whole, 0, Fate.TAKEN), 0',
                ),
                (
                    "typed = _typed(given.flow, proposal.name, proposal.value, said, given.contexts[at])",
                    "typed = (proposal.value, SAID)",
                ),
                ("min(fact.confidence, OVERHEARD)", "SAID"),
            ),
        ),
    ),
)

OF_MODELS = {mutant.name: mutant for mutant in BELIEVING}
