<?php
// Calls mail() with what MAIL_TO, MAIL_SUBJECT, MAIL_MESSAGE, MAIL_HEADERS and MAIL_PARAMETERS say
// (the environment under the command line, request parameters under FastCGI); prints what it returned.
$argument = fn($name) => $_SERVER["MAIL_$name"] ?? getenv("MAIL_$name") ?: '';
$accepted = mail(
    $argument('TO'), $argument('SUBJECT'), $argument('MESSAGE'),
    $argument('HEADERS'), $argument('PARAMETERS'));
echo $accepted ? 'true' : 'false', "\n";
exit($accepted ? 0 : 1);
