// Tests of SmarthostConfiguration.
