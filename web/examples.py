"""Texts to try it with, and what to ask of them; in English, which is what the reader reads."""

from dataclasses import dataclass

LEAVE = (
    "Parental leave is 16 weeks at full pay. It may be taken in two parts within the first year.\n\n"
    "Tell your manager eight weeks ahead, in writing. Dana Ruiz in People Operations signs every request "
    "within three working days, and sends a copy to payroll.\n\n"
    "Who works part-time gets the same 16 weeks. Holidays are not lost meanwhile: they move to the next year."
)
OUTAGE = (
    "Maya: staging is down again\n"
    "Tom: the certificate ran out on Sunday\n"
    "Maya: who renews it?\n"
    "Tom: Priya Nair renews the certificate, she has the keys to the vault\n"
    "Maya: thanks, I'll ask her to set a reminder"
)
HANDBOOK = (
    "Invoices go to accounts@example.org. Suppliers are paid within 30 days of the invoice. "
    "Amounts over 5,000 euros want a second signature."
)
MEMO = (
    "Since May, suppliers are paid within 14 days of the invoice. "
    "Accounting has asked everybody to send invoices in on the day they arrive."
)


@dataclass(frozen=True, slots=True)
class Example:
    """A question that can be asked by one press, and the text that is put in for it."""

    question: str
    text: str
    beside: tuple[str, str] | None = None  # another text: its title, and its words
    label: str = ""  # on the button, where that is not the question


EXAMPLES = (
    Example("Who signs the request?", LEAVE),
    Example("When did the certificate run out?", OUTAGE),
    Example("Who renews it?", OUTAGE, label="… and who renews it?"),
    Example("Within how many days are suppliers paid?", MEMO, ("handbook.txt", HANDBOOK)),
    Example("How many days of sick leave are paid?", LEAVE),
)
