"""The only way to the network: one ticket per request, each served by a process that then ends.

    gate ── called by the program; writes the record, hands out tickets
     │  pipe
    launcher ── started before the main process sealed itself; accepts each ticket once
     │  pipe
    helper ── serves one ticket with one host, then ends
     └ https ── the only module that opens connections

The program calls `EgressGate` (`port`) and receives events (`tickets`). Nothing is ever retried
automatically.
"""
