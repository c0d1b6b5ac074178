"""The promises that the models look at, by the names that DESIGN §1 gives them."""

KEPT_ONCE = "kept once"
READ_ONCE = "read once"
ONE_TURN_AT_A_TIME = "one turn at a time"
ONE_REPLY_A_REASON = "one reply a reason"
WRITTEN_DOWN_FIRST = "written down first"
NO_REPLY_VANISHES = "no reply vanishes"
FORWARD_ONLY = "forward only"
IN_ORDER = "in order"  # reliability §3: one open reply of a conversation at a time
A_PERSON_HAS_IT = "a person has it"  # DESIGN §5 and §6: beside a person, no machine speaks
