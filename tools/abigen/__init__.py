"""Generator of everything that is derived from the contract in abi/."""
