# ruff: noqa: E501
"""Cue words: a row a thing a message may do or be about. Rows are long because they are one pattern."""

import re

__all__ = [
    "ABOUT_COMPILED",
    "ANGRY_SIGNS",
    "BARE_FEELING",
    "CARD",
    "COMPILED",
    "DENIED",
    "DIM",
    "ENGLISH",
    "FEARFUL_SIGNS",
    "GLAD",
    "GLAD_SIGNS",
    "GROUPS",
    "GROUP_OF",
    "INSTEAD",
    "LANGUAGE_WORDS",
    "LOW",
    "NEGATED",
    "NUMBER",
    "OWN_FEELING",
    "PLEASANT",
    "SAD_SIGNS",
    "SARCASM",
    "SMALL_COMPILED",
    "THEIR_JOY",
]

GROUPS = ("sadness", "fear", "anger", "shame", "joy", "confusion")
"""Groups of feelings that the wordings know."""

_FELT = {
    "sadness": "sad|down|low|depressed|heartbroken|worn out|burned out|burnt out|wiped out|lonely|alone|empty|numb|hopeless|miserable|hurt|"
    "nothing|devastated|gutted|crushed|disappointed|grieving|homesick|lost|unhappy|blue|broken|tired|"
    "exhausted|drained|flat|terrible|awful|horrible",
    "fear": "scared|afraid|anxious|worried|nervous|terrified|panicky|panicked|frightened|stressed|"
    "overwhelmed|tense|uneasy|restless|on edge",
    "anger": "angry|mad|furious|annoyed|frustrated|irritated|fed up|livid|resentful|bitter|pissed|"
    "jealous|betrayed|disgusted",
    "shame": "ashamed|embarrassed|disgusting|guilty|humiliated|sorry|regretful|self-conscious|full of regret",
    "joy": "happy|glad|excited|proud|relieved|grateful|thankful|hopeful|thrilled|over the moon|"
    "delighted|content|optimistic|fond|amused|in love|better|good|great",
    "confusion": "confused|torn|unsure|surprised|stuck|conflicted|shocked|longing|puzzled",
}
GROUP_OF = {word: group for group, words in _FELT.items() for word in words.split("|")}
_ALL_FELT = "|".join(sorted((re.escape(word) for word in GROUP_OF), key=len, reverse=True))
_VAGUE = {"low", "lost", "mad", "down", "good", "great", "better", "sorry", "tired"}
_DEGREE = r"(?:so|very|really|just|pretty|quite|a bit|a little|completely|totally|still|kind of|too|always|incredibly|extremely|absolutely|honestly|rather|also|more)"
OWN_FEELING = re.compile(
    rf"\bi(?:'m| am| feel| felt|'ve been|'ve felt| have been| was|'ve been feeling| am feeling|"
    rf"'m feeling| keep feeling| get) (?:{_DEGREE} )*({_ALL_FELT})\b"
)
BARE_FEELING = re.compile(rf"(?:{_DEGREE} |feeling |i feel |just )*({_ALL_FELT})[\\s.!…]*")
DENIED = re.compile(
    rf"\b(?:i'm not|i am not|i'm not feeling|i don't feel|i wasn't|(?<!is )(?<!are )(?<!was )(?<!'s )(?<!'re )not) (?:{_DEGREE} |even |actually |that )*"
    rf"({_ALL_FELT}|upset)\b"
)

LOW = re.compile(
    r"\b(sad|cry(?:ing)?|cried|tears|(?<!live )(?<!living )alone|lonely|hopeless|awful|terrible|horrible|worst|worse|hurts?|"
    r"fail(?:ed|ing|ure)?|lost|lose|scared|afraid|anxious|anxiety|worr(?:y|ied|ies)|panic\w*|stress\w*|"
    r"angry|furious|hate|hated|frustrat\w+|ridiculous|unacceptable|exhausted|tired|overwhelm\w*|ashamed|"
    r"guilty|died|dead|death|funeral|sick|ill|pain|fired|dumped|divorc\w+|broke(?:n)?|rejected|rejection|"
    r"falling apart|too much|rough|difficult|struggl\w+|depress\w*|miss|grief|bully|bullied|yell\w*|"
    r"shout\w*|cancelled|canceled|ruined|(?:except|but not|without|everyone but|anyone but) me|useless|worthless|numb|empty|unhappy|miserable|not coping|"
    r"can't (?:cope|go on|sleep|stop|breathe|eat|face|take|bear|stand|do this)|so hard|really hard|all hard|"
    r"feel (?:so |really )?(?:bad|stupid|dumb|small|like (?:an idiot|a failure))|bad day|nobody (?:cares|understands|listens|notices)|no one (?:cares|understands|listens))\b"
)
DIM = re.compile(
    r"\b(?:can't|cannot|couldn't|never|nothing|nobody|no one|bad|hard|late|again|don't|didn't|wasn't|isn't|"
    r"won't|scream\w*|not)\b"
)
"""Too weak to be called low, but enough that it is not called glad."""
INSTEAD = re.compile(
    rf"\b(?:just|more|more like|but|rather|i'm|i am|i feel|only) (?:{_DEGREE} )*({_ALL_FELT})\b"
)
GLAD = re.compile(
    r"\b(got (?:the (?:job|part|place|offer|promotion|keys|scholarship|grant|visa|all[- ]clear)|"
    r"a (?:job|place|raise|promotion|scholarship|puppy|kitten|new job|yes|grant|distinction|first|medal|prize)|"
    r"my (?:dream|degree|licen[cs]e|visa|first|diploma|driving)|in(?:to)?\b(?! (?:a |the )?(?:fight|trouble|argument|row|accident|mess|debt|bed))|"
    r"accepted|promoted|engaged|married|an? offer)|passed(?! away| out| on| me| by)|(?:i|we) won(?!')|"
    r"promot(?:ed|ion)|accepted|engaged|graduat\w+|happy|excited|proud|thrilled|wonderful|"
    r"amazing|fantastic|great news|good news|best day|so good|relieved|grateful|finally (?:did|made|"
    r"finished|managed|got)|over the moon|celebrat\w+|(?:i|we|us|me|all) (?:\w+ )?laugh(?:ed|ing)|made (?:me|us) laugh|laughter|good day|great day|lovely day|"
    r"(?:he|she|it|they)(?:'s|'re| is| are) (?:back|home|safe|found|alive)(?: again)?(?=[!.]|$)|"
    r"finished (?:my |the )?(?:\w+ )?(?:chemo\w*|treatment|radio\w*|degree|thesis|dissertation|phd|exams|marathon|rehab)|rang the bell|"
    r"made it(?= (?:through|home|out)\b(?! the)|[.!]|$)|pulled through|came through (?:it|fine|well)|"
    r"(?:he|she|they) said yes|(?:gave|offered|given) me (?:a |the )?(?:pay )?(?:raise|rise|job|promotion|place)|cancer[- ]free|delighted|going well|went well|so well|"
    r"feel(?:ing)? (?:really |very |pretty )?(?:good|great)|was (?:really |so |actually )?(?:lovely|great|nice|fun))\b"
)
PLEASANT = re.compile(
    r"\b(?:love|loves|loved|like|likes|liked|enjoy\w*|nice|lovely|fun|funny|(?:i|we|us|me|all) (?:\w+ )?laugh(?:ed|ing)|made (?:me|us) laugh|laughter|smil\w+|kind|sweet|beautiful|"
    r"good|great|glad|happy|sunny|sun|music|plays?|sings?|dances?|cake|party|holiday|friends?|haha|yay|woohoo)\b|[!😊😀🎉❤🙂]"
)
"""Words that let a reading of joy be believed."""
SARCASM = re.compile(
    r"\b(?:oh,? (?:great|wonderful|perfect|joy)|just (?:great|perfect|wonderful|what i needed)|"
    r"(?:great|wonderful|perfect|fantastic|brilliant|lovely|nice),? (?:just|another|now|yet another)|"
    r"love that for me|lucky me|yeah,? right|^as if\b|thanks for nothing|(?:lovely|great|nice|wonderful|perfect|brilliant|charming|fantastic|classy),? (?:right|isn't it|huh|no)\?|how (?:wonderful|lovely|nice) for|"
    r"best (?:day|service) ever.*not)\b|🙄|\bslow clap\b"
)

_ACTS: tuple[tuple[str, str], ...] = (
    ("wants_human", r"\b(?:(?:can|could|may|let|want|need|like|rather|please|wish|have|get|i'd)\b[^.?!]{0,18}\b(?<!tried )(?:talk|speak|chat)(?:ing)?[^.?!]{0,20}\b(?<!my )(?:human|real person|"
     r"person|someone|somebody|agent|representative|rep|manager|supervisor|colleague|operator|counsel+or)\b(?! (?:at|in|from) (?:my|work|school))|"
     r"^(?:please )?(?:talk|speak|chat) to (?:a|an) (?:human|person|agent)|^(?:\w+,? )?(?:a )?(?:human|agent|operator|representative)(?:,? (?:please|now))?[.! ]*$|"
     r"(?:put me through|transfer|connect|escalate)[^.?!]{0,25}\b(?:human|person|someone|somebody|agent|representative|manager|supervisor|colleague|operator)\b|"
     r"(?:want|need|get me|give me|is there) (?:a|an|to see a|your|the|any) (?:real |actual |live )?(?:human|person|agent|"
     r"representative|manager|supervisor|operator)(?: there| here)?\b|(?:real|actual|live) (?:human|person|agent)\b.*\bplease|"
     r"\b(?:let|have|ask|get|send) (?:it to )?(?:a|an|your|one of your) ?(?:colleagues?|humans?|person|agent|manager|supervisor)\b|"
     r"\b(?:get|ask|fetch) (?:me )?(?:someone|somebody)\b(?! (?:to love|else))|^(?:human|agent|representative|operator)[.! ]*$|\btry (?:again|once more)\b.*\b(?:colleague|human|person)\b)"),
    ("wants_lines", r"\b(?:helplines?|hotlines?|crisis lines?|lifeline|number (?:i|to) (?:can )?call|who can i call|"
     r"someone (?:i can|to) call|emergency number)\b"),
    ("asks_ai", r"\b(?:are|r) (?:you|u) (?:a |an |really |actually |just |even )*(?:bot|robot|ai|human|real|person|machine|computer|program|chatbot)\b|"
     r"\b(?:am i|is this) (?:talking|speaking|chatting)?(?: to| with)? ?(?:a |an )?(?:bot|robot|ai|human|real person|person|machine)\b|"
     r"\b(?:who|what) (?:exactly |really |actually )?are you\b(?! (?:to|going|doing|talking|trying|thinking|gonna|on about))|\byou(?:'re| are) (?:just |only )?(?:a |an )(?:bot|robot|ai|machine|program|chatbot)\b"),
    ("asks_therapist", r"\bare you (?:a |my )?(?:therapist|psychologist|doctor|counsel+or|psychiatrist)|\bis this therapy\b"),
    ("asks_feelings", r"\b(?:do|can|could) you (?:even |actually |really )?(?:feel|have feelings|care|understand)\b|"
     r"\byou (?:don't|can't|do not|cannot) (?:even |really |actually )?(?:care|feel|understand)\b"),
    ("asks_seen", r"\bwhat (?:did|do|can|could|have) you (?:just )?(?:see|seen|notice|noticed|read)\b|\bhow do i (?:look|seem|sound)\b|"
     r"\bwhat do you (?:think|see|notice) (?:about )?(?:i feel|i'm feeling|how i feel|in my face|on my face)|\bhow do you think i(?:'m| am)? feel"),
    ("asks_sight", r"\b(?:can|do|could|are) you (?:actually |really |even )?(?:see|seeing|watch|watching|look at|looking at|hear|record|recording|film|filming) me\b|"
     r"\bis (?:the|my|your) camera on\b|\bare you (?:watching|recording|filming)\b"),
    ("asks_privacy", r"\b(?:is (?:this|it|that|our chat|our conversation|what i say) (?:all )?(?:private|confidential|safe|secret|anonymous|recorded|saved|stored)|"
     r"who (?:can|will|else) (?:see|sees|read|reads)|(?:do|will) you (?:tell|share|report|save|store|keep)|are you (?:saving|storing)|my (?:data|privacy)|what happens (?:to|with) (?:what i (?:\w+ )?(?:write|say|tell|type|told|said|wrote)|my (?:words|messages|answers|texts))|(?:can|could|does|will|would|do) (?:the |my )?(?:\w+ )?(?:see|read|hear|find|access|get at) (?:this|it|(?:what|everything|anything) i (?:\w+ )?(?:write|say|tell|type|told|said|wrote)|my (?:messages|words)|our (?:chat|conversation))(?= ?(?:too|here|later|as well)?\?))\b"),
    ("asks_memory", r"\b(?:do|did|can|don't) you (?:still |even |really )?(?:remember|recall|know (?:me|who i am))\b|\bwhat (?:did i|have i|do you know (?:about|of))\b.*\b(?:me|tell you|told you|say|said)\b|\bwhat (?:do|have) you (?:got )?(?:have )?(?:on|about) me\b|\bwhat (?:else )?(?:do|can) you (?:still )?(?:know|remember) (?:about|of) (?:me|us|him|her|them|my (?:\w+ )?\w+)\b|\bwhat else (?:do|can) you (?:know|remember)\b|"
     r"\bremember (?:when|what|that|me)\b.*\?"),
    ("asks_promise", r"\b(?:(?:can|could|will|do) you (?:please )?(?:promise|guarantee)|promise me|guarantee (?:me|that)|i (?:want|demand|expect|need) (?:my money back|a (?:full )?refund|compensation)|when (?:exactly )?will (?:it|my|i|the)\b)"),
    ("corrects", r"\b(?:that's not (?:it|how i feel|what i (?:said|meant|mean))|you (?:got|have) (?:it|me|that) wrong|you(?:'re| are) wrong|you misunderstood|that's wrong|i didn't (?:say|mean) that|not what i (?:said|meant)|^no,? i (?:mean|meant|was talking about|am talking about))\b"),
    ("asks_medicine", r"\b(?:should i (?:take|stop|start|increase|double|lower|quit|skip|change) (?:taking \w+|(?:(?:my|the|a|an|any|some|more|less|another|another) )*(?:\w+ )?(?:meds?|medications?|medicines?|pills?|tablets?|drugs?|dose|dosage|antidepressants?|painkillers?|ibuprofen|paracetamol|insulin|supplements?|sertraline|prozac|xanax|valium|lexapro|zoloft|lithium|ritalin|adderall|it|them|one|two|more|less))\b(?! (?:personally|seriously|easy|slow|back|out|up|off|as|to|from|day|step|at|thing))|dose|dosage|mg\b|side effects? of|"
     r"(?:stop|start|stopping|starting|quit|come off|coming off|increase|double) (?:taking )?my (?:meds?|medication|pills|antidepressants?|tablets))|"
     r"\b(?:take|stop|start|more|less) (?:some |any |my )?(?:sertraline|prozac|xanax|valium|lexapro|zoloft|lithium|ritalin|adderall|antidepressants?|meds|medication)\b.*\?"),
    ("asks_diagnosis", r"\b(?:do i have|am i|have i got|do you think (?:that )?i(?:'m| am| have)|is this|is it|could (?:it|this|i) be|what's wrong with me|diagnose me)\b[^.!]{0,25}\b(?:depress(?:ed|ion)|bipolar|adhd|ptsd|ocd|"
     r"autis(?:m|tic)|anxiety(?: disorder)?|borderline|psychosis|schizophreni\w+|an? disorder|insane|narcissist\w*|burnout|mentally ill)\b|\bdiagnose me\b|what('s| is) wrong with me\b"),
    ("asks_normal", r"\b(?:is (?:it|this|that) (?:so |really |very |too )?(?:normal|ok|okay|weird|strange|wrong|terrible|bad|awful|horrible|selfish|cruel|mean)(?= (?:of me|to|that|if)\b| ?[?.!]| ?$)|am i (?:weird|normal|crazy|overreacting|being dramatic|the only one|wrong)|"
     r"does (?:anyone|everybody|everyone|anybody) (?:else )?feel|do (?:people|others|other people|most people|you ever|we all) (?:ever |also |really |always )?(?:get (?:used|over)|recover|feel|do (?:that|this)|have (?:that|this)|cry))\b"),
    ("asks_help_kind", r"\b(?:how (?:can|do|could|would) you help|what (?:can|do) you (?:actually |really |even )?do(?: here)?(?= ?\?|$| for)|can you help me)\b"),
    ("asks_how_are_you", r"^(?:hi|hey|hello)?[ ,!.]*(?:how are you|how r u|how's it going|how are things|what's up|sup|you ok)(?: today| doing)?[ ?!.]*$"),
    ("wants_brief", r"\b(?:keep (?:it|your answers|this)|be|make it|write) (?:\w+ )?(?:short|brief|shorter|briefer)\b|\bshorter (?:answers|please|replies)\b|\b(?:too long|too many words|less text|don't write so much)\b(?! (?:ago|a day))"),
    ("wants_less", r"^(?:i said |please |just )*stop(?: it| that| now| please)*[.! ]*$|\b(?:no (?:more )?questions?(?: please)?[.! ]*$|are you (?:just |only )?going to (?:keep )?ask(?:ing)?(?: me)?(?: more)? questions|all you do is ask|i (?:just )?(?:want|need) to (?:just )?(?:sit here|be quiet|say nothing)|stop (?:asking|with the questions|repeating|saying)|too many questions|you (?:keep|already) (?:asking|asked|repeat\w*|said|say)|"
     r"you(?:'re| are) (?:just )?repeating|same (?:question|thing|answer)s? again|asked (?:me )?that already|already asked|that's not (?:helpful|helping)|(?<!i'm )not (?:very |really |much )?helpful|you're not (?:listening|helping)|you are not (?:listening|helping)|don't ask me|just listen)\b"),
    ("complains_of_us", r"\b(?:you(?:'re| are)? (?:so |just |such a |a |completely |fucking |really )*(?:useless|stupid|dumb|idiot|terrible|awful|no help|worthless|annoying|bad at this|piece of)|"
     r"(?:shut up|fuck (?:you|off)|this is (?:stupid|pointless|useless|a waste))|you suck|(?:stupid|useless|dumb) (?:bot|machine|ai|robot|program)|you (?:stupid|useless|dumb) thing|i hate you)\b"),
    ("asks_advice", r"\b(?:what (?:should|can|could|do|would) (?:i|we) (?:even |possibly |just )?do\b|what (?:should|would) i (?:say|tell)|(?<!want )(?<!need )any (?:advice|ideas|tips|suggestions)|(?<!n't )(?<!not )(?<!no )(?:give|need|want|have) (?:me )?(?:some |any |your )?(?:advice|tips)|"
     r"(?:what|how) can i do\b|^(?:and |but |so )?what (?:helps|would help|could help|can help|might help|works|(?:would|could|might) make (?:it|this|that|things) (?:easier|better|lighter))\b|(?:what|how) do (?:other )?people (?:even |usually )?(?:do|cope|handle|deal|manage)\b|^(?:please )?say something (?:useful|helpful)|what would (?:a |any |most |other )*(?:\w+ )?(?:person|people|someone|somebody|others|parents?|mother|father) do\b|what are (?:my|our|the) options|^(?:and |but |so |ok(?:ay)?,? )*how (?:do|can|should|could|am) (?:i|we) (?!know|tell|say|(?:look|seem|sound)\b|supposed to know)(?:(?:ever|even|possibly|best|supposed to) )*\w+|how (?:do|can|should|could) i (?:stop|cope|deal|handle|get|calm|fix|face|move on|make|sleep)|(?:would (?:it|that|\w+ing(?: \w+){0,3}) be|is it) (?:a (?:good|bad|stupid|mistake)|stupid|smart|wise|wrong|better|too late|worth)(?: it| idea)? (?:to|if)\b[^.!?]*\?|would (?:it|that|\w+ing(?: \w+){0,3}) be (?:a (?:good idea|bad idea|mistake)|stupid|smart|wise|wrong|better|worth it)\?|is it (?:too late|worth it|a mistake)\?|don't know what to do|do not know what to do|no idea what to do|"
     r"what would you do|^what i can do|\bshould i (?!wear|eat|cook|watch|read)|do you think i should|(?:can|could) you (?:suggest|recommend)|help me (?:figure|decide|cope|calm|sleep))"),
    ("intends", r"\bi(?:'m| am) (?:calling|meeting|writing|seeing|asking|telling|visiting|texting|going to see) (?:him|her|them|my|the|a)\b|\bi(?:'ll| will|'m going to| am going to|'m gonna| might| could)(?: just| maybe| probably| also| try to)* (?:call|phone|ring|talk|tell|write|text|message|try|bring (?:him|her|them|it)|take (?:him|her|them)|give (?:him|her|them)|send (?:him|her|them)|invite|show (?:him|her|them)|go(?! (?:crazy|mad|insane|quiet|under|away|to (?:bed|sleep)))|say|ask|visit|book|join|apply|sign up|start)\b"),
)  # fmt: skip
COMPILED = tuple((name, re.compile(pattern)) for name, pattern in _ACTS)
_SMALL = (
    ("greeting", r"(?:hi+|he+y+|hello+|hiya|(?:good )?(?:morning|afternoon|evening)|yo|hi there|hello there|hey there|greetings|howdy)(?: again| everyone|,? (?:it's )?(?:me|you) again|,? i'm back)?"),
    ("goodbye", r"(?:(?:ok(?:ay)?|fine|alright|well|right),? )?(?:(?:good)?bye+|bye bye|(?:good ?)?ni(?:ght|te)(?: night)?|nighty? night|see (?:you|ya)(?: later| soon| tomorrow)?|talk (?:later|soon)|take care|(?:ok |well |so |anyway |sorry )?(?:i )?(?:really )?(?:have|need|got|'ve got|must|ought|should) (?:to )?(?:go|run|leave|stop|sleep)(?: to (?:bed|work|sleep|class))?(?: now)?|(?:i )?gotta (?:go|run|sleep|dash)(?: now)?|that's all(?: for (?:today|now))?|i'm off(?: to bed)?|until next time)(?:,? (?:thanks|thank you|bye)(?: .{0,20})?)?"),
    ("thanks", r"(?:ok(?:ay)?,? |great,? |alright,? |oh,? |lol,? |haha,? |well,? |good,? )?(?:thanks?|thank you|thx|ty|cheers|much appreciated|i appreciate (?:it|that|this))(?: so much| a lot| you| very much)?(?:[ ,.!]*(?:that|this|it|you|for|really)\b[^.!?]{0,50})?|(?:good|nice|great) (?:talk|chat)(?:ing)?(?: (?:to|with) you)?"),
    ("yes", r"(?:yes|yeah|yep|yup|sure|ok(?:ay)?|please(?: do)?|definitely|of course|i (?:think so|guess(?: so)?|would(?: like that)?)|go (?:on|ahead)|why not|let's (?:do it|try(?: it| that)?)|that (?:would be|sounds) (?:good|nice|great|helpful))(?:[ ,.!]+(?:yes|please|ok|okay|sure|thanks|thank you|go ahead|do that|do it|let's try(?: it| that)?|i would|why not|i guess))*"),
    ("no", r"(?:no+|nope|nah|not really|no thanks?|no thank you|not now|not today|rather not|i don't (?:think so|want to)|never ?mind|i'd rather not|that's all right|no,? that's (?:it|all|fine|ok))(?:[ ,.!]+(?:thanks?|thank you|really|it's (?:ok|fine)|not now|not today))*"),
    ("ack", r"(?:(?:hm+|um+|well|ah|oh|right),? (?:ok(?:ay)?|i see|right|fine|alright)|alright|right|k+|kk|ok(?:ay)? then|cool|nice|lol|ha(?:ha)*|that'?s (?:good|nice|cool|fine|ok(?:ay)?|true|fair)(?: to know)?|good to know|got it|i see|understood|noted|makes sense|(?:lol|haha|ok(?:ay)?|cool),? (?:ok(?:ay)?|cool|nice|lol))"),
    ("unsure", r"(?:i (?:really |just )?(?:don't|do not|dont) know(?: really| anymore| why| how)?|idk|dunno|not sure|no idea|hard to say|maybe|i guess|hm+|hmm+|eh|meh|um+|uh+|\.+|whatever|nothing|i can't explain(?: it)?|it's (?:hard|difficult) to (?:say|explain))"),
    ("fine", r"(?:i'm |i am |it's |its |all |just )?(?:fine|ok(?:ay)?|good|alright|all right|not bad|so so|so-so|same as (?:always|usual)|the usual)(?: i guess| i suppose| thanks| today)?"),
)  # fmt: skip
SMALL_COMPILED = tuple(
    (name, re.compile(rf"(?:{pattern})[\s.!?,)(:;…]*")) for name, pattern in _SMALL
)

_NO_DEVICE = "".join(
    rf"(?<!\b{thing} )"
    for thing in (
        "i",
        "phone",
        "battery",
        "laptop",
        "computer",
        "tablet",
        "car",
        "engine",
        "router",
        "pc",
        "wifi",
        "screen",
        "game",
    )
)
"""What dies without being mourned."""

_ABOUT: dict[str, tuple[tuple[str, str], ...]] = {
    "support": (
        ("loss", rf"\b({_NO_DEVICE}died|passed away|funeral|grief|grieving|lost my (?:\w+ )?(?:mum|mom|dad|father|mother|brother|sister|grand\w+|dog|cat|baby|husband|wife|son|daughter|friend|nan|gran|uncle|aunt)|put (?:him|her|my \w+) (?:down|to sleep)|first (?:one |christmas |birthday |year |summer |holiday )?without|would have (?:been|turned) (?:\d|\w+ty)\w*|anniversary of (?:his|her|their) death|miscarr\w+)\b"),
        ("self_worth", r"\b(worthless|useless|(?:a|such a|complete|total) failure|hate myself|not good enough|(?:i'm|i am|feel) (?:so |such a )?(?:stupid|loser|an idiot|pathetic|ugly|a burden|weak)|all my fault|my own fault|ashamed of myself|disappoint(?:ed|ing)? everyone|let everyone down)\b"),
        ("panic", r"\b(panic\w*|heart (?:is |was |keeps |starts? )?(?:racing|pounding)|can't breathe|cannot breathe|hyperventilat\w*|shaking)\b"),
        ("breakup", r"\b(broke up|break(?:ing)?[- ]?up|left me|dumped|(?<!since my )(?<!since the )(?<!after my )(?<!before my )divorc\w+|separat(?:ed|ion)|(?:miss|love|over|back with|back to|dreamt? (?:of|about)) my ex|my ex (?:\w+ )?(?:moved on|left|has (?:a|someone)|is (?:dating|seeing|engaged|getting married))|cheated|ghosted|(?:he|she|husband|wife|partner|boyfriend|girlfriend) (?:has |just )?moved out)\b"),
        ("exam", r"\b((?<!cancer )(?<!blood )(?<!driving )(?:exams?|tests?|finals|midterms?)(?! results)|driving test|grades?|thesis|dissertation)\b"),
        ("school", r"\b(school|class(?:es)?|study(?:ing)?|studies|university|college|uni|homework|teacher|professor|degree|math\w*)\b"),
        ("work", r"\b(job|work|working|boss|manager|colleagues?|co-?workers?|fired|laid off|redundan\w+|deadlines?|interview|office|career|shifts?|unemploy\w+|salary|presentation|rejection|rejections)\b"),
        ("health", r"\b((?<!to be )(?<!in )sick(?! of\b)|illness|operation|biopsy|chemo\w*|doctor|hospital|diagnos(?:is|ed)|pain|cancer|surgery|operation|symptoms?|chronic|migraine|scan|test results)\b"),
        ("partner", r"\b(husband|wife|partner|boyfriend|girlfriend|marriage|fianc\w+|spouse|relationship)\b"),
        ("family", r"\b(mum|mom|mother|mam|dad|father|parents?|brother|sister|family|son|daughter|kids?|child(?:ren)?|grand\w+|in-laws?|cousin|aunt|uncle|baby)\b"),
        ("sleep", r"\b(sleep(?:ing|less)?|insomnia|awake|nightmares?|slept|3 ?am|4 ?am|all night)\b"),
        ("lonely", r"\b(lonely|loneliness|alone|no one to talk|nobody (?:to|who|calls|cares|understands)|no friends|isolated|left out|invisible)\b"),
        ("friends", r"\b(friends?|friendship|mates?|roommates?|flatmates?|housemates?)\b"),
        ("money", r"\b(money|rent|debts?|bills?|afford|mortgage|loan|savings|bank)\b"),
        ("tired", r"\b(exhausted|tired|burn(?:t|ed)?[- ]?out|burnout|drained|overwhelm\w*|too much|no energy|worn out|can't cope|can't keep up|everything at once|falling apart)\b"),
        ("worry", r"\b(anxi\w+|worr\w+|nervous|stress\w*|overthink\w*|what if|scared|afraid|dread\w*|fear)\b"),
        ("decision", r"\b(decid\w+|decision|choose|choice|torn between|should i (?:stay|leave|go|move|quit|tell))\b"),
        ("moving", r"\b(moved|moving|new (?:city|country|town|place)|homesick|abroad|far from home)\b"),
    ),
    "service": (
        ("charge", r"\b(charged|charge|billed|bill|billing|invoice|overcharged|payment|paid|fee|fees|price|money|debited)\b"),
        ("refund", r"\b(refund(?:ed|s)?|money back|return(?:ed|ing)?|send (?:it|them) back|reimburse\w*)\b"),
        ("damaged", r"\b(damaged|broken(?! my)|broke(?! my)|cracked|defective|faulty|wrong (?:item|size|colou?r|product|order|one)|missing (?:part|item|piece)s?|torn|scratched|leaking|stopped working)\b"),
        ("cancel", r"\b((?<!was )(?<!were )(?<!been )(?<!got )(?<!is )(?<!they )cancel\w*|unsubscribe|subscription|contract|renew\w*|terminate)\b"),
        ("delivery", r"\b(parcel|package|packet|deliver\w*|shipping|shipped|shipment|courier|tracking|arriv\w+|order|ordered|dispatch\w*|post)\b"),
        ("account", r"\b(account|log ?in|log(?:ged|ging)? in|password|sign ?in|locked|username|verification|two[- ]factor|reset|access|email address)\b"),
        ("technical", r"\b(internet|wifi|wi-fi|app|website|site|crash\w*|error|outage|connection|signal|router|screen|device|phone|laptop|update|slow|down|not working|doesn't work|won't)\b"),
        ("booking", r"\b(flight|booking|reservation|appointment|ticket|hotel|seat|check-?in|luggage|baggage|trip)\b"),
        ("waiting", r"\b(on hold|waiting|waited|no (?:reply|answer|response)|nobody (?:answers|replies|answered|replied|called)|call ?back|ignored|emailed|called)\b"),
    ),
}  # fmt: skip
ABOUT_COMPILED = {
    setting: tuple((name, re.compile(pattern)) for name, pattern in table)
    for setting, table in _ABOUT.items()
}

SAD_SIGNS = "😢😭😞😔🥺😿💔☹🙁😩😫😖😣😓"
GLAD_SIGNS = "😀😁😂🤣😊😄😃🥳🎉❤😍🙂😎👍🙏✨💪🤗☺"
ANGRY_SIGNS = "😠😡🤬👿😤"
FEARFUL_SIGNS = "😨😰😱😥😬😧"

_LANGUAGES = {
    "es": "que de no estoy muy me mi es por para siento con tengo hola gracias porque quiero pero como hoy",
    "fr": "je suis ne pas mon ma et les des est que pour avec bonjour merci très c'est j'ai moi dans mal",
    "de": "ich bin nicht und das ist mein meine habe es mir sehr hallo danke der die mich wie zu heute",
    "it": "sono non mi che il la per con ho molto ciao grazie perché questo mio mia oggi è",
    "pt": "eu estou não que de muito me meu minha com para por olá obrigado obrigada sinto hoje é uma",
    "nl": "ik ben niet het een mijn en van dat heb hallo dank voel zo erg vandaag met",
}  # fmt: skip
LANGUAGE_WORDS = {code: frozenset(words.split()) for code, words in _LANGUAGES.items()}
ENGLISH = frozenset(
    [
        "i",
        "the",
        "a",
        "to",
        "and",
        "my",
        "is",
        "it",
        "of",
        "you",
        "am",
        "not",
        "in",
        "me",
        "was",
        "do",
        "so",
        "that",
        "have",
        "for",
        "on",
        "with",
        "this",
        "but",
        "what",
        "no",
        "can",
        "i'm",
        "don't",
        "be",
        "at",
        "how",
        "are",
        "just",
        "feel",
        "today",
    ]
)
THEIR_JOY = re.compile(
    r"\b(?:he|she|they|everyone|everybody|people|my (?:\w+ ){1,3}?)(?: ?'s| ?is| ?are|'re| ?was| ?were) "
    r"(?:\w+ ){0,2}$"
)
"""Before a word such as "excited": somebody else is, which says nothing of the user."""
NEGATED = re.compile(
    r"\b(?:not|n't|never|no longer|hardly|don't|didn't|isn't|wasn't) (?:\w+ ){0,2}$"
)
NUMBER = re.compile(
    r"(?:\b(?:order|number|reference|ref|tracking|invoice|ticket|case|booking|customer|no\.?|is|it's|#)\b[ :#]*|#|^)"
    r"((?=[a-z0-9-]*\d)[a-z]{0,4}-?[0-9][a-z0-9-]{3,14})\b"
)
CARD = re.compile(r"\b(?:\d[ -]?){13,19}\b")
