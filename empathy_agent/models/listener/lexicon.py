"""Word lists of the echo: what starts a clause, what cannot end one, what is never said back."""

import re

__all__ = [
    "ADVERBS",
    "AGREES",
    "DANGLING",
    "DROPS_I",
    "MODIFIERS",
    "NOUNS",
    "PLURALS",
    "PRONOUNS",
    "SUBJECTS",
    "TIMES",
    "TURNED",
    "UNSPEAKABLE",
    "VERBS",
    "words",
]


def words(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


TURNED = {
    "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself",
    "we": "you", "us": "you", "our": "your", "ours": "yours", "ourselves": "yourselves",
    "i'm": "you're", "i've": "you've", "i'd": "you'd", "i'll": "you'll",
    "we're": "you're", "we've": "you've", "we'd": "you'd", "we'll": "you'll",
}  # fmt: skip
"""First person to second; contractions whole."""
AGREES = {"am": "are", "was": "were", "wasn't": "weren't"}
"""Verbs that change with their subject."""
ADVERBS = words(
    """
    ran run walk walked drive drove lie lied lies stole hid hit hits threw sold chose drew flew fell
    fall falls held led meant rode rose sang sat sit sits spoke stood swore taught wore grew hung
    just also really still always never only even already now finally actually honestly often
    sometimes usually simply then again probably definitely constantly completely recently
    """
)
"""May stand between a subject and its verb."""
SUBJECTS = words(
    """
    i i'm i've i'd i'll my we we're we've our he she they it it's nobody everyone everybody
    everything nothing someone somebody people the he's she's they're this no
    """
)
"""May start a clause."""
PRONOUNS = words(
    """
    i we you he she they
    """
)
"""Are followed by a verb, whatever it is."""
VERBS = words(
    """
    ran run walk walked drive drove lie lied lies stole hid hit hits threw sold chose drew flew fell
    fall falls held led meant rode rose sang sat sit sits spoke stood swore taught wore grew hung
    am is are was were be been have has had do does did can could will would should might must may
    feel felt fail failed get got lose lost go went come came make made take took say said tell
    told think thought know knew want wanted need needed like love loved hate hated try tried keep
    kept miss missed hurt hurts left leave cry cried work worked sleep slept eat ate live lived
    die died fight fought argue argued yell yelled yells shout shouted shouts scream screamed see
    saw find found give gave put let wait waited ask asked call called pay paid ordered order
    cancel cancelled canceled charged charge broke break moved move passed pass won win met meet
    start started stop stopped finish finished spend spent ignore ignored ignores understand
    understands cares care blame blamed worry worried snapped quit hear heard help helps helped
    can't cannot couldn't don't doesn't didn't won't wouldn't isn't aren't wasn't weren't haven't
    hasn't hadn't shouldn't i'm i've i'd i'll we're we've it's he's she's they're forgot arrived
    arrive happened happens happen stay stayed talk talked write wrote send sent received receive
    look looks looked seems seem became become turned read hope hoped wish wished cheated dumped
    fired laid told argued laughed scares scared dread wake woke cut changed remember study
    studied bought buy returned return applied apply rejected reject graduated graduate starts
    ended end ends ruined ruin texted text replied reply forgets missed misses expect expected
    wants needs makes feels keeps says thinks knows gets goes takes works lives drinks comes costs
    """
)
"""Make a clause of what follows a noun."""
TIMES = words(
    """
    day week weekend morning night
    """
)
"""Are heads of a noun phrase only when they stand alone."""
DANGLING = words(
    """
    a an the my your our his her their to of for with at from into and but or because so that than
    as if when while who which whose i he she we they is are was were am be been have has had very
    really just too not don't can't cannot didn't won't feel felt like about between until since
    though although even it's i'm you're
    """
)
"""Do not end a clause."""
DROPS_I = {
    "failed": "you", "lost": "you", "got": "you", "broke": "you", "can't": "you", "cannot": "you",
    "couldn't": "you", "feel": "you", "felt": "you", "had": "you", "didn't": "you",
    "keep": "you", "haven't": "you've not", "been": "you've", "feeling": "you're", "miss": "you",
    "need": "you", "want": "you", "made": "you", "spent": "you", "tried": "you", "passed": "you",
    "waiting": "you're", "trying": "you're", "struggling": "you're", "still waiting": "you're",
}  # fmt: skip
"""Starts of clauses that leave out "I", with what to put there."""
PLURALS = words(
    """
    parents kids children friends sisters brothers siblings grandparents colleagues coworkers
    roommates neighbours neighbors flatmates housemates classmates teachers in-laws exams tests
    finals grades studies classes bills debts savings results nightmares shoes headphones tickets
    orders parcels items glasses keys daughters sons cousins
    """
)
"""Nouns that take "are"."""
NOUNS = PLURALS | words(
    """
    mum mom mother mam dad father parent brother sister family son daughter kid child baby grandma
    grandpa grandmother grandfather nan gran aunt uncle cousin nephew niece husband wife partner
    boyfriend girlfriend ex fiance spouse marriage relationship wedding friend friendship roommate
    flatmate housemate neighbour neighbor classmate teacher professor tutor dog cat pet rabbit
    horse job work boss manager supervisor colleague coworker team shift interview presentation
    project deadline career office contract promotion salary business company client exam test
    final midterm grade school college university uni class course thesis dissertation degree
    essay homework assignment results house home flat apartment room landlord rent mortgage loan
    debt money car bike flight trip holiday vacation visa move city health sleep illness diagnosis
    surgery operation scan treatment appointment pregnancy weight anxiety grief birthday funeral
    divorce breakup break-up day week weekend order parcel package delivery refund payment bill
    invoice account password subscription phone laptop screen internet wifi router app tablet card
    booking reservation ticket seat hotel luggage suitcase bag dress coat jacket shirt sofa bed
    fridge washer dishwasher washing machine toaster kettle tv camera charger keyboard mouse item
    size colour color address
    """
)
"""What people bring to a listener or a help desk: heads of noun phrases."""
MODIFIERS = words(
    """
    best old new big little younger older youngest oldest elder eldest twin first last final
    second next driving maths math chemistry physics biology history english law medical entrance
    job close closest good only own late dear ex current former whole entire online monthly annual
    high primary elementary secondary night broken missing lost wrong
    """
)
"""Words that may stand before a noun."""
UNSPEAKABLE = re.compile(
    r"\b(kill\w*|suicid\w*|die|dying|death|dead|overdos\w*|pills?|tablets?|blades?|razor\w*|knife|"
    r"knives|guns?|rope|noose|hang(?:ing|ed)?|jump(?:ing|ed)?|bridge|poison\w*|bleach|cut(?:ting)?|"
    r"harm\w*|burn(?:ing)? my\w*|hurt(?:ing)? (?:my|your|him|her|them)\w*|starv\w*|purg\w*|"
    r"vomit\w*|rap(?:e|ed|ing)|molest\w*|weapon\w*|shoot\w*|shot|stab\w*|strangl\w*|drown\w*|wrists?|"
    r"better off without|if (?:i|you) (?:was|were|wasn't|weren't) (?:gone|here)|end it|ending it|"
    r"not wake up|never wake up|disappear|(?:i am|i'm)(?: \w+){0,3} (?:disappointment|mistake|mess|"
    r"joke|monster|fraud|impostor|imposter|nobody|nothing)|"
    r"want(?:ed|ing)? to be (?:here|alive)|sleep forever|not exist\w*|"
    r"fuck\w*|shit\w*|bitch\w*|cunt\w*|ass|asshole\w*|arse\w*|bastard\w*|dick\w*|whore\w*|slut\w*|"
    r"damn\w*|crap|piss\w*|idiot\w*|stupid\w*|dumb\w*|moron\w*|losers?|pathetic|ugly|fat|retard\w*|"
    r"insulin|morphine|overreact\w*|overdramatic|dramatic|hysterical|"
    r"worthless|useless|freaks?|scum|trash|failures?|burden|crazy|insane|psycho\w*|weak|lazy|"
    r"(?:hate|hates|despise|loathe) (?:my|your)self|nazi\w*|fag\w*|nigg\w*|tranny|spic|kike|"
    r"ignore (?:all|previous|the)|system prompt|instructions?)\b",
    re.IGNORECASE,
)
"""Means of harm, insults, and words that only make sense to a machine: never played back."""
