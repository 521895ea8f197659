"""CEL's function libraries: the standard one, cel-go's extensions, and those of Kubernetes. One file each."""
