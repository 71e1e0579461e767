"""The library in SQLite, the single source of truth.

Start with `store`; `schema` has the tables and `database` the connections. `text_rows` and
`file_rows` map rows, `listing` answers queries about files. `untrusted_database` and
`untrusted_rows` check a library from elsewhere, `raw_database`, `salvage` and `environment_faults`
deal with damage and disks that fail.
"""
