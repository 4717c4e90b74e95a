"""Prefect without noise: imported before prefect, which reads its settings at import.

Nothing is sent anywhere, and its log lines, which speak of its own machinery, stay
off the screen; whoever sets these variables is obeyed.
"""

import os

for _name, _value in {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
}.items():
    os.environ.setdefault(_name, _value)
