"""The lease of the flat, as a PDF of four pages."""

from __future__ import annotations

from pathlib import Path

from tests.archive.paper import write_pdf

_TEXT = """\
Concluded on 12 March 2021 for flat 3, second floor left, at 14 Quayside Lane, Harrowmere.

# 1. Parties

The landlady is Edda Fennimore, 2 Saltmarket, Harrowmere. The tenants are Hanna Brandel and Tomas
Brandel. Both tenants are liable for the whole of the obligations under this lease. Their daughter
Mira Brandel lives in the flat and is not a party to the lease.

Declarations are valid if they are made to one of the tenants. The landlady tells the tenants in
writing when her address changes.

# 2. The flat

The flat has four rooms, a kitchen, a bathroom and a balcony, together 86 square metres. The
cellar compartment number 3 and a place for three bicycles in the yard belong to it. The drying
room in the attic is used by all tenants of the house in turn.

The flat is handed over freshly painted. The condition of each room is written down in the
handover record of 31 March 2021, which both sides have signed and which is part of this lease.
Defects that the record does not name are reported within fourteen days.

The fitted kitchen with cooker, oven and extractor hood belongs to the landlady and is let
together with the flat. The tenants bring their own refrigerator and washing machine. The washing
machine stands in the bathroom, where there is a connection with its own stopcock.

# 3. Term

The tenancy begins on 1 April 2021 and runs for an indefinite time. Neither side may end it with
effect before 31 March 2023.

# 4. Use

The flat is let as a home. Working at a desk at home is permitted, as long as no clients are
received and no goods are stored. Letting rooms to others, also to guests for short stays, needs
the landlady's consent in writing.

---

# 5. Rent

The rent is 1,140 euros a month. In addition the tenants pay 190 euros a month in advance for
heating, hot water and service charges, so that 1,330 euros are due in all. The rent is paid by
the third working day of the month to the landlady's account.

The service charges are the costs of the caretaker, the cleaning of the stairs, rubbish, the
lighting of the shared rooms, the yearly service of the boiler, the insurance of the building and
the garden. They are settled once a year, by 30 September for the year before. A surplus is paid
back within four weeks; an additional payment falls due after six weeks.

The landlady may raise the rent at the earliest fifteen months after the last change, and by no
more than 12 per cent within three years. The reasons are given in writing.

Whoever pays late owes interest of five per cent a year on the amount that is overdue. For each
reminder after the first the landlady may charge 4 euros.

# 6. Deposit

The tenants pay a deposit of 3,420 euros, which is three months' rent without charges. It may be
paid in three equal instalments of 1,140 euros, the first when the tenancy begins and the others
with the next two months' rent.

The landlady keeps the deposit in a savings account apart from her own money. It is returned with
its interest no later than six months after the flat has been handed back, less what is still owed
to her. For service charges that have not been settled she may keep back up to 250 euros.

# 7. Notice period

The tenants may end this lease at any time by giving three months' notice to the end of a calendar
month. The notice must be given in writing, be signed by both tenants, and reach the landlady by
the third working day of the first of these months. An email is not enough.

The landlady may give notice only for a reason that the law allows, for instance because she needs
the flat for herself or her family. Her period is six months, and nine months once the tenancy has
lasted for eight years.

After notice has been given, the tenants let people who want to rent the flat view it, on no more
than two days a week and by appointment.

---

# 8. Repairs

The landlady keeps the flat and the house in repair. The tenants bear the cost of small repairs to
things that they handle often, such as taps, switches, door handles and blinds, up to 110 euros
each and no more than 330 euros a year. What costs more is paid by the landlady in full.

Damage is reported at once. If a pipe bursts, or the heating fails between October and April, and
the landlady cannot be reached on the same day, the tenants may call a tradesman themselves and
send her the bill.

The living room, kitchen and bathroom are painted when they need it, as a rule every eight years.
Bright colours are painted over before the flat is handed back.

# 9. Alterations

Alterations to walls, floors, pipes and cables need the landlady's consent in writing. Shelves and
pictures may be hung. An awning on the balcony is permitted if it is plain, grey or cream, and put
up by a tradesman.

# 10. Pets

Small animals that live in cages or tanks may be kept without asking. For a dog or a cat the
tenants need the landlady's consent in writing, which she refuses only for a good reason. No more
than two cats, or one dog, may be kept. Consent may be withdrawn if neighbours are disturbed again
and again.

# 11. House rules

Quiet is kept from ten in the evening to seven in the morning, and from one to three in the
afternoon on Sundays. Music may be played for two hours a day outside these times. Prams may stand
in the hall; bicycles may not.

The tenants sweep the stairs between the first and the second floor every third week. Snow is
cleared by the caretaker.

---

# 12. Keys

The tenants receive two keys to the front door, three to the flat, one to the cellar and one to
the letter box, seven in all. They may have more made at their own cost and hand them over at the
end. If a key to the front door is lost, the tenants bear the cost of changing the lock, unless
misuse can be ruled out.

# 13. Access

The landlady may enter the flat after giving notice three days ahead, on working days between nine
and six, to inspect it, to read meters or to have repairs done. In an emergency she may enter at
once.

# 14. Handing back

At the end of the tenancy the flat is handed back empty and swept, with all keys. Both sides walk
through the rooms together and write down the state that they find. Things that the tenants have
built in are removed, unless the landlady takes them over at a fair price.

# 15. Final provisions

There are no other agreements. Changes to this lease are made in writing. Should a provision be
void, the others remain in force.

Harrowmere, 12 March 2021. Signed: Edda Fennimore, Hanna Brandel, Tomas Brandel.
"""


def write(path: Path) -> Path:
    return write_pdf(path, "Lease for flat 3, 14 Quayside Lane", _TEXT)
