"""May somebody act as somebody else?"""
