"""`python -m pressbox` is `pressbox`."""

from pressbox.cli import main

main()
