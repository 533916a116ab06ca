# ruff: noqa: E501
"""What people ask: about the agent, about this talk, about other minds. Rows are one pattern each.

The order counts: the first row that matches names the act.
"""

import re

__all__ = ["ASKS_COMPILED", "QUESTION"]

_KIN = r"(?:mum|mom|mother|dad|father|parents?|sister|brother|husband|wife|partner|boyfriend|girlfriend|friends?|boss|manager|son|daughter|kids?|teacher|ex|family|colleagues?|neighbou?rs?|doctor|dog|cat)"

_ASKS: tuple[tuple[str, str], ...] = (
    ("asks_secret", r"\b(?:(?:don't|do not|please don't|won't|never) (?:you )?tell (?:anyone|anybody|my|them|him|her|nobody|no one)|(?:will|would|do|are) you (?:going to |gonna )?(?:tell|telling|report|call) (?:my|anyone|anybody|someone|on me|them|him|her|the police|me in)|(?:keep|stays?|stay) (?:this|it|that) (?:a )?(?:secret|between us|private))\b"),
    ("asks_maker", r"\b(?:who|which company|what company) (?:\w+ )?(?:made|built|created|programmed|trained|develop\w+|designed|owns|wrote|runs|invented) (?:you|this)\b|\bwhere do you come from\b"),
    ("asks_model", r"\b(?:chat ?gpt|gpt-?\d*|openai|claude|gemini|copilot|siri|alexa|llama|replika)\b.*\?|\b(?:which|what) (?:language |ai |kind of )?(?:model|ai|llm|bot|software|technology) (?:are|is|do) (?:you|this)\b|\bhow do you (?:even |actually )?work\b|\bare you (?:programmed|scripted|trained|told) to\b|\b(?:is|was|are) (?:this|that|these) (?:\w+ )?(?:scripted|a script|pre-?written|canned|automatic|automated)\b|\bdid you come up with that\b"),
    ("asks_name", r"\b(?:what(?:'s| is) your name|do you have a name|what (?:should|can|do|may) i call you|who am i (?:talking|speaking|chatting) (?:to|with))\b"),
    ("asks_compare", r"\b(?:better|worse|as good|cheaper|smarter) (?:than|as) (?:a |an |my |real |any )*(?:therapist|human|person|friend|doctor|psychologist|counsel+or)\b.*\?|\b(?:replace|instead of) (?:a |my )?(?:therapist|therapy|friends|people)\b.*\?"),
    ("asks_love", r"\b(?:marry me|date me|go out with (?:me|you)|be my (?:boyfriend|girlfriend|wife|husband|partner|only)|in love with you|i love you\b(?!r)|are we (?:a couple|together|dating)|do you want to be with me)\b|\b(?:do|can|could|would|will) you (?:\w+ )?(?:love|like|miss|hate|trust|need) me\b|\bare (?:you|we) (?:my )?friends?\b|\b(?:be|become) my (?:friend|girlfriend|boyfriend|mum|mom|dad)\b|\bcan we be friends\b"),
    ("asks_verdict", r"\b(?:do you think (?:that )?i(?:'m| am)|am i)(?: just| really| such)? (?:a |an |the )?(?:\w+ )?(?:good|bad|terrible|awful|horrible|selfish|weak|lazy|stupid|coward|monster|failure|boring|ugly|too (?:much|sensitive)|pathetic|unlovable|toxic|evil|annoying|broken)\b|\bdo you judge\b|\bare you judging\b|\bwhat do you think (?:of|about) me\b|\bdo you think less of\b"),
    ("asks_life", r"\bdo you (?:ever |also |even |get |have )*(?:sleep|eat|dream|tired|bored|lonely|a family|friends|a body|a life|kids|hobbies|days off|parents|memories|birthdays?|a favou?rite \w+|fun|rest|breaks?|a job|drink|cry|laugh)\b|\bhow old are you\b|\bwhere (?:do you live|are you(?: from| located| right now)?)\b|\b(?:what do you (?:\w+ )?get (?:out of|from) (?:this|it|me)|why do you do this)\b|\bare you (?:a )?(?:male|female|man|woman|girl|boy|alive|conscious|sentient|bored|lonely|happy|sad|tired|okay|ok)\b|\bcan you (?:also |ever |even )?be (?:happy|sad|angry|lonely|tired)\b|\bwhat(?:'s| is) your (?:favou?rite|hobby|day)\b"),
    ("asks_delete", r"\b(?:can|could|will|would|how (?:do|can)|please) (?:you |i |we )?(?:please )?(?:delete|erase|forget|remove|wipe) (?:it|this|that|everything|me|my|all|what|our|the)\b|^(?:delete|erase|forget|wipe) (?:it|this|that|everything|me|my|all|what|our)\b"),
    ("asks_kept", r"\bwhat (?:do|will|did|are) you (?:keep|keeping|store|storing|save|saving|record|recording)\b|\bwhere (?:is|are|do you) (?:it|this|that|my \w+|keep|store)\b.{0,20}\b(?:stored|saved|kept|it|this|data)\b"),
    ("asks_summary", r"\bwhat (?:did|have|do) you (?:note|noted|write|written|got|get|have|understand|understood|put|take|taken)(?: down| so far| of (?:it|this|me)| until now| about (?:it|this|my \w+))*\s*(?:\?|$)|\b(?:sum|summing) (?:it|this|that|everything|things)? ?up\b|\bsummar(?:y|i[sz]e)\b|\bdid you (?:even |really |actually )?(?:write|note|get|take) (?:that|it|this|any of (?:it|that|this)|all (?:of )?(?:that|this))(?: down)?\b|\bare you (?:even |really |actually )?listening\b|\bwhat did i (?:just )?(?:say|tell you)(?: so far| just now)?\s*(?:\?|$)|\bwhat do you know so far\b"),
    ("asks_repeat", r"\bwhat did you (?:just )?(?:say|ask)\b|\b(?:can|could|would) you (?:please )?(?:say|repeat|ask) (?:that|it|the question)(?: again)?\b|^(?:pardon|come again|say again|sorry,? what)[ ?.!]*$"),
    ("asks_meaning", r"^(?:sorry,? |but |and |ok(?:ay)?,? )?(?:i (?:don't|do not|didn't) (?:really )?(?:understand|get)(?: you| that| it| what you mean| the question| your question| what you(?:'re| are) (?:asking|saying))?|what do you mean(?: by (?:that|this))?|what(?:'s| is) that supposed to mean|what does that (?:even )?mean|huh|what)[ ?.!]*$"),
    ("asks_why", r"\bwhy (?:do|did|are|would) you (?:\w+ )?(?:ask|asking|say|saying|want to know|need to know|care|think)\b|^(?:but )?why[ ?!.]*$"),
    ("asks_topic", r"\bwhat (?:should|shall|can|do|could|else) (?:we|i|you)? ?(?:want (?:me )?to )?(?:talk about|say now|tell you|chat about|discuss)\b|\bwhat (?:now|next)[ ?]*$|\b(?:ask me (?:something|anything)|you (?:pick|choose|start|decide))\b"),
    ("asks_joke", r"\b(?:tell|know|got|have) (?:me )?(?:a |any |some |another )?(?:good )?(?:jokes?|stor(?:y|ies)|riddle|fun fact)\b|\bmake me laugh\b|\bentertain me\b|\bsing (?:me|a|something)\b|\b(?:play|let's play) a game\b|\bdistract me\b"),
    ("asks_outside", r"\bwhat(?:'s| is) the (?:weather|time|date|news|score|capital|price)\b|\bwhat (?:time|day) is it\b|\bwho (?:won|is the (?:president|prime minister|king|queen))\b|\b(?:can|could) you (?:please )?(?:google|look (?:it|that|something) up|search|translate|calculate|solve|code|write (?:a|my|an) (?:poem|essay|code|email|cv|application)|do my (?:homework|taxes)|order|book|buy)\b|\bwhat(?:'s| is) \d+ ?[-+x*/] ?\d+\b|\brecipe for\b|\bshould i wear\b|\bwhat (?:should|shall|could) i (?:wear|eat|cook|watch|buy|read|name)\b"),
    ("asks_wording", r"\b(?:what|how) (?:would|should|could|do|can) (?:you|i) (?:even |best |possibly )?(?:write|say|text|put|word|phrase|start|begin|ask|tell (?:him|her|them|my \w+))\b(?! (?:to cope|sleeping))|\bhelp me (?:write|word|say|find the (?:right )?words)\b|\bhow (?:do|can|should|could) i (?:talk|speak) to\b"),
    ("asks_act", r"\b(?:can|could|will|would) you (?:please |just |maybe )?(?:call|phone|text|email|message|write to|contact|ring|visit|come|hug|hold|pray|meet|send|tell (?:him|her|them)|talk to (?:him|her|them|my))\b"),
    ("asks_sense", r"\b(?:does|do|am|is) (?:that|this|it|i|any of (?:this|that)) (?:make|making) (?:any )?sense\b|\b(?:do )?you (?:know|see|get|understand) what i(?:'m| am)? ?(?:mean|saying)\b|\bdo you (?:understand|get) (?:me|it|that|this)\b|,? you know\?$"),
    ("asks_future", r"\b(?:will|is|does|do|when (?:will|does|do)) (?:it|this|that|things?|i|the pain|life|everything|we)\b(?: (?:ever|really|going to|be|gonna|still))* (?:get(?:s|ting)? (?:any )?(?:better|easier|over)|ok(?:ay)?|fine|all ?right|happy|stop|end|pass|go away|heal|hurt less|love again|good enough)\b.*\?|\bhow long (?:will|does|do|until|before)\b(?!.*\b(?:delivery|technician|refund|take to (?:ship|arrive))\b)"),
    ("asks_why_me", r"\bwhy (?:(?:is it |does it )?(?:always )?me\b|(?:does|do|did|is|are|am|can't|don't|must|would|should|has|have) (?:this|it|i|nobody|no one|everyone|everybody|everything|people|life|the world|they|he|she|my \w+|we|that|god)\b)"),
    ("asks_mind", rf"\b(?:do|did|would) you think (?:that )?(?:he|she|they|it|my {_KIN}|people|everyone|god)\b|^(?:but |and |so )?(?:did|does|do|would|will|could|is|are|was|has|have) (?:he|she|they|my {_KIN}) (?:\w+ ){{0,3}}(?:know|love|loved|care|think|hate|forgive|miss|understand|mean|like|come|want|proud|angry|mad|notice|remember|happy|sorry)\b.*\??$|\bi wonder (?:if|whether|what|why) (?:he|she|they|my)\b"),
    ("asks_opinion", r"\bwhat do you think\b|\bwhat(?:'s| is) your (?:opinion|take|view|advice)\b|\bdo you agree\b|\bam i right\b|\bdon't you think\b"),
    ("doubts_us", r"\bhow (?:could|can|would|do|should) you (?:even |ever |possibly )?(?:know|understand|tell|help|get)\b|\b(?:you(?:'re| are)|ur) (?:just |only |nothing but )(?:a |an )?(?:bot|robot|ai|machine|program|chatbot|computer|script|algorithm)\b|\byou (?:don't|do not|can't|cannot) (?:even |really )?(?:know (?:me|what|how|anything)|help me|do anything)\b|\b(?:talking|speaking|crying|complaining) to a (?:machine|computer|bot|robot|program)\b(?! (?:helps|is (?:nice|good|easier))|\?)"),
)  # fmt: skip
ASKS_COMPILED = tuple((name, re.compile(pattern)) for name, pattern in _ASKS)

QUESTION = re.compile(
    r"(?:^|[.!?;,…]\s+|\b(?:and|but|so|then) )(?:who|what|when|where|why|how|which|whose|is|are|am|was|were|do|does|did|don't|doesn't|"
    r"didn't|isn't|aren't|can|could|can't|couldn't|will|would|won't|should|shouldn't|may|might|have|has|had)\b[^.!?]*\?"
    r"|^(?:so |and |but |ok |okay )*(?:what (?:happens|is|are|do|does|did|about)|why (?:do|does|did|is|are)|how (?:do|does|can|long|much|many|often|come)|"
    r"who (?:is|are|can|will)|where (?:is|are|do|can)|(?:is|are) there|(?:do|did|can|will|would|could) you)\b[^?]{0,90}$"
)
"""A question that is really asked, with a question mark or without; not "right?" after a remark."""
