// SmarthostConfiguration
