"""What a node may write, kind by kind: the rules of the NodeRestriction plugin.

Each rule answers None (it has nothing against the write), a text (why the node may not do that), or a Status.
"""
