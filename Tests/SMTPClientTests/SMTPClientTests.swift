// Tests of SMTPClient.
