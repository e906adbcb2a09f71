"""``python -m capacity_sim``: the command line."""

from capacity_sim.cli import main

if __name__ == "__main__":
    main()
