// Tests of SubmissionWire.
