// Tests of DKIMCore.
