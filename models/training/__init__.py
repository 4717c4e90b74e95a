"""How the weights are made. Needs torch (extra `train`); nothing at run time imports it."""
