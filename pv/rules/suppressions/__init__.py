"""Rules about suppressions: each needs a reason, a known code, and a finding to suppress."""
