"""The nouns that people bring to a listener or a help desk, so that a phrase ends where it should."""

__all__ = ["MODIFIERS", "NOUNS", "PLURALS"]

PLURALS = frozenset(
    "parents kids children friends sisters brothers siblings grandparents colleagues coworkers "
    "roommates neighbours neighbors flatmates housemates classmates teachers in-laws exams tests "
    "finals grades studies classes bills debts savings results  nightmares "
    "shoes headphones tickets orders parcels items glasses keys daughters sons cousins".split()
)
"""Those that take "are"."""
NOUNS = PLURALS | frozenset(
    "mum mom mother mam dad father parent brother sister family son daughter kid child baby grandma "
    "grandpa grandmother grandfather nan gran aunt uncle cousin nephew niece husband wife partner "
    "boyfriend girlfriend ex fiance spouse marriage relationship wedding friend friendship roommate "
    "flatmate housemate neighbour neighbor classmate teacher professor tutor dog cat pet rabbit horse "
    "job work boss manager supervisor colleague coworker team shift interview presentation project "
    "deadline career office contract promotion salary business company client "
    "exam test final midterm grade school college university uni class course thesis dissertation "
    "degree essay homework assignment results "
    "house home flat apartment room landlord rent mortgage loan debt money car bike flight trip "
    "holiday vacation visa move city "
    "health sleep illness diagnosis surgery operation scan treatment appointment "
    "pregnancy weight anxiety grief "
    "birthday funeral divorce breakup break-up day week weekend "
    "order parcel package delivery refund payment bill invoice account password subscription "
    "phone laptop screen internet wifi router app tablet card booking reservation ticket seat hotel "
    "luggage suitcase bag dress coat jacket shirt sofa bed fridge washer dishwasher washing machine "
    "toaster kettle tv camera charger keyboard mouse item size colour color address".split()
)
"""Heads of noun phrases, and words that may stand before one."""
MODIFIERS = frozenset(
    "best old new big little younger older youngest oldest elder eldest twin first last final second "
    "next driving maths math chemistry physics biology history english law medical entrance job "
    "close closest good only own late dear ex current former whole entire online monthly annual "
    "high primary elementary secondary night broken missing lost wrong".split()
)
"""Words that may stand before a noun."""
