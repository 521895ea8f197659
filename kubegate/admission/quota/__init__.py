"""What objects consume of a ResourceQuota: shared by admission, which charges, and by the controller, which counts anew."""
