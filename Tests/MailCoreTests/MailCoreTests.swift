// Tests of MailCore.
