"""How Liankong is run: the local launcher, the checks of the build, the files for servers."""
