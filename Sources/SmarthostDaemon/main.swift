print("smarthostd")
