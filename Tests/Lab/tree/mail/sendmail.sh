#!/bin/bash
# The raw client of the first users, as their documents have it: PHP's sendmail_path.
set pipefail
socat -d -d -d -D -t 50 -T 50 -lf /tmp/socat.txt STDIO UNIX-CONNECT:/MAILSOCK/sendmail
exit 0
