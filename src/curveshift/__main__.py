"""`python -m curveshift` is the command `curveshift`."""

from curveshift.cli import main

if __name__ == "__main__":
    main()
