"""The warranty of the washing machine, as a PDF of two pages."""

from __future__ import annotations

from pathlib import Path

from tests.archive.paper import write_pdf

_TEXT = """\
Wellenbrook W7-1400, serial number WB-7714-20936. Bought on 18 September 2023 at Ferry Street
Electrics, Harrowmere, for 649 euros. Please keep this card together with the receipt.

# What is covered

Wellenbrook repairs free of charge every fault of material or workmanship that shows within two
years of the day of purchase. Parts, labour and the technician's journey are included. The motor
is covered for ten years; after the second year the part is free, but labour and journey are
charged.

The inlet hose with its leak stop is covered for five years. If it fails, Wellenbrook replaces the
hose, but does not pay for damage that the water has done to floors or furniture.

# Registering

If the machine is registered within thirty days of purchase, the cover for parts and labour is
extended from two years to three. The number of the registration is R-55180, of 2 October 2023, so
the machine is covered until 18 September 2026.

# What is not covered

Not covered are damage in transport, damage by frost, limescale or foreign bodies in the pump, use
in a laundry or a guest house, and repairs by persons whom Wellenbrook has not approved. Seals of
the door and the filter are wearing parts and are covered for six months.

---

# How to make a claim

Call the service on 0555 0142, Monday to Friday from eight to six, and have the serial number and
the date of purchase ready. A technician comes within five working days. If the same fault has
been repaired three times without success, the machine is replaced.

# Messages on the display

E10 means that no water comes in: open the tap and clean the sieve in the hose. E18 means that the
water is not pumped out: clean the filter behind the flap at the lower right. E23 means that there
is water in the base: close the tap, pull the plug and call the service.

# Care

Run a programme at 90 degrees once a month, without laundry. Clean the filter every three months.
In Harrowmere the water is hard, with 17 degrees; descale the machine twice a year. Check every
two years that the inlet hose is tight.

# Before the first wash

Take out the four transport bolts at the back and keep them. Moving the machine without them
damages the drum, and such damage is not covered.
"""


def write(path: Path) -> Path:
    return write_pdf(path, "Warranty for your washing machine", _TEXT)
