"""The group autoscaling: horizontal pod autoscalers."""
