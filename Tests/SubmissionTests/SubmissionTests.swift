// Tests of Submission.
