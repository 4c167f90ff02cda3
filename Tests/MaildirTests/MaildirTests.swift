// Tests of Maildir.
