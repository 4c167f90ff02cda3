#!/bin/bash
# putmail.sh MAILDIR: what fetchmail hands each message to, as in the first users' documents.
putmail --no-config "$1"
exit $?
