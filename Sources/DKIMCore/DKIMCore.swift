// DKIMCore
