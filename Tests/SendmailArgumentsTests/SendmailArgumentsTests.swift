// Tests of SendmailArguments.
