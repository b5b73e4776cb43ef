"""What the container takes for the delimiter of a CSV file: the guess of Python's csv module."""

import csv

from local.container.errors import UserError

_SNIFFED_CHARACTERS = 512


def training_delimiter(first_line: str) -> str:
    """Return the guess as it is: a file of one column or with `|` may well be split at a digit."""
    try:
        return csv.Sniffer().sniff(first_line).delimiter
    except csv.Error as error:
        raise UserError(f"Could not determine delimiter on line {first_line[:50]}:\n{error}") from error


def payload_delimiter(text: str) -> str:
    """Return the guess for a request, where a letter or digit means a comma."""
    first_line = text.partition("\n")[0]
    guess = csv.Sniffer().sniff(first_line[:_SNIFFED_CHARACTERS]).delimiter
    return "," if guess.isalnum() else guess
