"""A folder of pictures to CSV: `python examples/pictures_to_csv.py FOLDER > readings.csv`."""

import csv
import sys
from pathlib import Path

from empathy_agent.app import open_perceiver
from empathy_agent.perception.sources import list_pictures, read_window


def main(folder: Path) -> None:
    """Write a row a picture; a face that could not be read keeps its reason."""
    perceiver = open_perceiver()
    writer = csv.writer(sys.stdout)
    writer.writerow(["picture", "emotion", "valence", "arousal", "confidence", "abstained"])
    for path in list_pictures(folder):
        seen = perceiver.perceive(read_window(path))
        row = [seen.emotion, seen.valence, seen.arousal, seen.confidence, seen.abstained]
        writer.writerow([path.name, *row])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
