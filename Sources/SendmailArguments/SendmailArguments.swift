// SendmailArguments
