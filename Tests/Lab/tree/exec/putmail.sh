#!/bin/bash
putmail --no-config "$1"
exit $?
