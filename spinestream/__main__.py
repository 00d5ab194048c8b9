"""`python -m spinestream`."""

from spinestream.cli import main

if __name__ == "__main__":
    main()
