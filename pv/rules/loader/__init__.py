"""Rules whose cases the loader meets: YAML that is refused, keys and values of no known form."""
