"""The manifest compiler: systems/*.toml, checked, as binary for init."""
