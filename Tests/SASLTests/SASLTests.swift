// Tests of SASL.
