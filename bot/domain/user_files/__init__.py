"""Files of users and of addresses, without I/O.

Reading: ``upload`` (bytes to text and records), ``columns`` (which column is what),
``address_file`` (for a flag), ``user_file``, ``user_json`` and ``user_rows`` (for an import),
``address_cell`` and ``group_cell`` (single cells), ``encoding_damage`` (text read in a wrong
encoding). Writing: ``csv_format``. ``import_rows`` are the rows that the store keeps.
"""
