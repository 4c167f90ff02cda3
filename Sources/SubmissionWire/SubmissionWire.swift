// SubmissionWire
