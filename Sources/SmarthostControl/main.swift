print("smarthostctl")
