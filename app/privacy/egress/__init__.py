"""The one way out: what may leave, one ticket at a time, each in a process that serves it and ends.

    gate ── what the program calls; writes the record, hands out tickets
     │  pipe
    launcher ── started before this process shut itself off; takes each ticket once
     │  pipe
    helper ── one ticket, one host, then it ends
     └ https ── the only module that opens connections

The program says what it wants through `EgressGate` (`port`); what happened comes back as events
(`tickets`). Nothing is ever tried again by itself.
"""
