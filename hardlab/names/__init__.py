"""From words to objects and back: what is installed, chains, deciders, plug-ins."""
