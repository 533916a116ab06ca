"""Closed lists of words that the patterns of `fact_rules.py` are built from."""

import re

__all__ = [
    "DOING",
    "EVENT",
    "MEMBER",
    "NAME",
    "OCCUPATION",
    "PARTNERS",
    "PET",
    "RELATIVE",
    "SEVERAL",
    "TRADE",
    "UNIQUE",
    "is_name",
]


def _either(words: str) -> str:
    """Return a pattern of words separated by commas, longest first."""
    each = sorted((word.strip() for word in words.split(",")), key=len, reverse=True)
    return "|".join(each)


PARTNERS = frozenset(
    re.findall(
        r"[^,\s][^,]*",
        "husband, wife, partner, boyfriend, girlfriend, fiancé, fiancée, fiance, fiancee, "
        "spouse, husband or wife",
    )
)
"""Who somebody breaks up with."""
_FAMILY = (
    "mother, mum, mom, mama, mummy, father, dad, daddy, papa, sister, brother, son, daughter, "
    "husband, wife, partner, boyfriend, girlfriend, fiancé, fiancée, fiance, fiancee, spouse, "
    "grandmother, grandma, granny, gran, nan, nana, grandfather, grandpa, granddad, grandad, "
    "aunt, auntie, uncle, cousin, niece, nephew, stepmother, stepmum, stepmom, stepfather, "
    "stepdad, stepsister, stepbrother, stepson, stepdaughter, mother-in-law, father-in-law, "
    "sister-in-law, brother-in-law, son-in-law, daughter-in-law, godmother, godfather, "
    "grandson, granddaughter, ex-husband, ex-wife, ex-boyfriend, ex-girlfriend, ex"
)
_PETS = (
    "dog, cat, puppy, kitten, horse, pony, rabbit, hamster, guinea pig, parrot, budgie, tortoise"
)
_OTHERS = (
    "best friend, friend, flatmate, roommate, housemate, neighbour, neighbor, boss, manager, "
    "supervisor, colleague, coworker, co-worker, teacher, tutor, coach, therapist, counsellor, "
    "counselor, psychiatrist, psychologist, doctor, gp, social worker, landlord, landlady, "
    "carer, mentor, classmate, teammate"
)
UNIQUE = frozenset(
    re.findall(
        r"[^,\s][^,]*",
        "mother, mum, mom, mama, mummy, father, dad, daddy, papa, husband, wife, partner, "
        "boyfriend, girlfriend, fiancé, fiancée, fiance, fiancee, spouse, boss, manager, "
        "supervisor, therapist, counsellor, counselor, psychiatrist, psychologist, doctor, "
        "gp, landlord, landlady, ex, mother-in-law, father-in-law, ex-husband, ex-wife",
    )
)
"""Of whom one has one: a new name takes the place of the old."""
PET = _either(_PETS)
"""Animals that have names."""
RELATIVE = _either(f"{_FAMILY}, {_OTHERS}, {_PETS}")
"""Who somebody may be to the user."""
SEVERAL = _either(
    "parents, grandparents, in-laws, kids, children, child, kid, baby, twins, teenager, "
    "brothers, sisters, sons, daughters, grandchildren"
)
"""Who else may have something before them; they have no name of their own."""
MEMBER = _either(
    f"{_PETS}, sister, brother, son, daughter, child, kid, husband, wife, boyfriend, girlfriend, "
    "partner, twin, stepson, stepdaughter, grandson, granddaughter, grandchild"
)
"""Whom one has, in the singular."""
EVENT = _either(
    "exams?, finals?, midterms?, tests?, driving test, viva, oral, interviews?, appointments?, "
    "surgery, operation, procedure, scan, mri, ct scan, ultrasound, biopsy, check-?up, chemo, "
    "session, treatment, therapy, hearing, trial, court date, wedding, funeral, memorial, "
    "graduation, presentation, talk, speech, recital, concert, gig, audition, match, game, "
    "tournament, competition, race, marathon, flight, trip, holiday, vacation, move, "
    "deadline, due date, meeting, review, date, party, dinner, lunch, reunion, defen[cs]e, "
    "first day, last day, conference, workshop, visit, ceremony, christening, baptism, "
    "performance, show, screening, blood test, induction, custody hearing, mediation, shift"
)
"""What has a date."""
DOING = (
    r"(?:seeing|meeting|visiting) (?:my|the|our|an?|some|[a-z]+(?= (?:on|next|this|tomorrow)))"
    r"|(?:flying|travell?ing|driving) (?:to|home|back|out)"
    r"|going (?:to (?:the|my|our|an?|see|visit|meet|court|therapy|hospital|rehab)|back to|home"
    r"|into hospital|on (?:holiday|vacation|an?))"
    r"|moving (?:out|in|to|house|home|back|away)|(?:starting|leaving|finishing|quitting) "
    r"(?:my|the|our|an?|therapy|school|university|uni|college|work|chemo|treatment)"
    r"|getting (?:married|divorced|my|our|the|surgery|an?)"
    r"|(?:taking|retaking|sitting|resitting|running|giving|presenting|defending|hosting|playing"
    r"|having) (?:my|the|our|an?|dinner|lunch|coffee|surgery)"
    r"|picking up|coming home|graduating|testifying"
)
"""What somebody is going to do, when a day follows."""
OCCUPATION = _either(
    "nurse, doctor, teacher, student, phd student, medical student, law student, social worker, "
    "paramedic, midwife, carer, caregiver, nanny, childminder, lawyer, solicitor, barrister, "
    "paralegal, engineer, software engineer, developer, software developer, programmer, "
    "designer, graphic designer, architect, accountant, bookkeeper, cashier, waiter, waitress, "
    "barista, bartender, chef, cook, baker, cleaner, driver, bus driver, truck driver, "
    "taxi driver, lorry driver, courier, plumber, electrician, carpenter, builder, mechanic, "
    "welder, roofer, painter, farmer, gardener, soldier, veteran, police officer, firefighter, "
    "security guard, secretary, receptionist, assistant, manager, project manager, consultant, "
    "analyst, journalist, writer, author, editor, translator, musician, actor, actress, artist, "
    "photographer, dancer, hairdresser, barber, beautician, scientist, researcher, professor, "
    "lecturer, librarian, pharmacist, dentist, vet, physiotherapist, therapist, counsellor, "
    "counselor, psychologist, psychiatrist, surgeon, pilot, flight attendant, postman, "
    "salesman, saleswoman, shop assistant, estate agent, freelancer, single mum, single mom, "
    "single dad, single parent, stay-at-home mum, stay-at-home mom, stay-at-home dad, housewife"
)
"""What somebody can be by trade."""
TRADE = _either(
    "hospital, school, nursery, kindergarten, office, shop, store, supermarket, bank, bar, pub, "
    "cafe, café, coffee shop, restaurant, kitchen, hotel, warehouse, factory, university, uni, "
    "college, library, clinic, surgery, practice, pharmacy, salon, bakery, firm, law firm, "
    "company, start-?up, agency, lab, garage, farm, care home, nursing home, hospice, "
    "call cent(?:er|re), court, council, government, nhs, it, hr, sales, marketing, finance, "
    "retail, tech, construction, hospitality, insurance, advertising, publishing, logistics, "
    "education, healthcare, social care, social work, mental health, airport, museum, theatre, "
    "theater, gym, prison, army, navy, police, church, charity, post office, gas station"
)
"""Where somebody can work."""

NAME = r"(?:(?:Dr|Mrs|Mr|Ms|Prof)\.? )?[^\W\d_][^\W\d_]{1,19}(?:-[^\W\d_]{2,19})?"
"""One word that may be a name; `is_name` decides."""
_NO_NAMES = frozenset(
    re.findall(
        r"\S+",
        "i god jesus christmas easter ramadan hanukkah diwali halloween facebook google instagram "
        "whatsapp tiktok youtube netflix amazon twitter zoom uber googled facetimed skyped ubered "
        "zoomed texted monday tuesday wednesday thursday friday saturday sunday january february "
        "march april may june july august september october november december mr mrs ms dr prof "
        "english german french spanish italian irish british american polish russian chinese "
        "japanese indian turkish greek dutch swedish danish norwegian finnish portuguese "
        "brazilian mexican canadian australian african asian european scottish welsh korean "
        "vietnamese thai syrian iranian iraqi afghan ukrainian romanian hungarian czech austrian "
        "swiss belgian nigerian ghanaian kenyan egyptian moroccan pakistani catholic christian "
        "muslim jewish hindu buddhist sikh protestant atheist vegan "
        "and but so or if the a an is was has had not no yes well oh ok okay hey hi hello thanks "
        "thank sorry please today tomorrow yesterday tonight honestly listen look anyway still "
        "just really very now then here there this that what when where why how who never always "
        "maybe sad happy angry tired fine good bad great sick lost alone scared afraid depressed "
        "anxious nobody nothing everyone everybody me my you he she it we they him her them "
        "covid adhd ptsd ocd bpd autistic bipolar gay lesbian bi trans straight queer single "
        "married pregnant back later crazy stupid lazy names old dumb weird anytime mad dramatic "
        "paranoid selfish naive cynical whatever anything something soon again mud ill "
        "fuck shit damn wow lol haha",
    )
)


def is_name(word: str, *, capital: bool = True) -> bool:
    """Say whether a word can be somebody's name.

    Args:
        word: As it was written.
        capital: Only if it is written as names are.
    """
    bare = word.split(". ")[-1].split(" ")[-1]
    if bare.lower() in _NO_NAMES:
        return False
    return not capital or (bare[:1].isupper() and (bare[1:].islower() or "-" in bare))
