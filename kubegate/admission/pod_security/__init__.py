"""The Pod Security Standards: levels and versions, the checks of each, and what they say about a pod."""
