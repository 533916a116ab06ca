"""Sentences as people type them to a listener or to a help desk, written for this project.

GoEmotions is comments of strangers on Reddit: few of them speak of themselves to someone who
listens, none is a customer, and all are English. These lines, each labelled by reading, are added
to its training split, and to nothing that is measured. The cases of `tests/test_words.py` are
others, but for emoji and single words, where there is nothing else to say.

The last 220 English ones here were written after `tests/unseen_words.py` had shown how badly
accounts of what happened are read (5 of 24 under "support"), by the hand that wrote those messages:
of other events and in other words, which a test checks, but no longer blind. Those of
`material/words/` came after both, by a hand that had not read that table; the few that came near
one of its messages were taken out by a program.
"""

from collections.abc import Iterator
from pathlib import Path

__all__ = ["phrases"]

_FOLDER = Path(__file__).parent / "material" / "words"

_PHRASES = """
sadness:
    I feel so alone. | I miss her every single day. | I cry myself to sleep most nights.
    my girlfriend left me | My dad is in hospital and they say it is the end.
    I lost my job yesterday. | I have nobody to talk to. | Everything feels empty.
    I can't get out of bed any more. | nothing makes me happy these days | I am not happy.
    I am not okay. | I'm not doing well at all. | it's not been a good week
    I wasn't invited and it hurts. | We lost the baby. | my cat had to be put down today
    loudly crying face | crying face | broken heart | sad crying face | I failed again.
    I did not get the place at university. | I feel worthless. | I'm a burden to everyone.
    no one would notice if I was gone | im so depresed | i feel like giving up
    I let everyone down. | my marriage is over | pensive face | I'm heartbroken.
    I am really struggling. | it hurts so much | everyone left me | feeling down today
    I don't enjoy anything
grief, sadness:
    My mother died last month. | We buried my brother on Friday.
    It is a year since he passed away. | I still set the table for two since she died.
    RIP grandpa, I can't believe you are gone
disappointment, sadness:
    I worked for months and it was all for nothing. | They promised and then they did not come.
    I did not get the promotion. | I expected better. | It is not what I hoped for. | not good
    I failed my driving test. | I failed the interview. | I got rejected again.
    it's not great to be honest
remorse, sadness:
    I should never have said that to her. | It is my fault. | I'm so sorry for what I did.
    I feel guilty.
embarrassment, sadness:
    I made a fool of myself in front of the whole class. | I feel ashamed of myself.
    I can't look them in the eyes. | I am so ashamed, I cannot tell my family.
    everyone laughed at me
fear:
    I'm scared. | I am terrified of the operation. | I am afraid he will find me.
    What if I lose everything? | I can't breathe, my heart is racing.
    I had a panic attack on the train. | he said he would hurt me | face screaming in fear
    I'm frightened of what the doctor will say. | I am afraid to go home.
    I can't tell my parents, they will throw me out. | i am so scard right now | I don't feel safe
nervousness, fear:
    I'm worried about tomorrow. | My exam is on Monday and I can't sleep.
    I'm so anxious all the time. | I keep thinking that something bad will happen.
    anxious face with sweat | I have an interview and I am shaking.
    I don't know how I will pay the rent. | I am stressed out. | I feel overwhelmed. | worried face
    The test results come tomorrow and I am a nervous wreck. | i cant stop worrying
    What will people think of me?
sadness, fear:
    I don't know how to tell my mum that I was expelled.
    I lost my job and I have no idea how to go on. | I flunked and I dare not tell them at home.
    My husband left and I am afraid of being alone.
anger:
    I'm furious. | This makes me so angry! | I hate him. | How dare they! | pouting face
    angry face | He lied to my face and I want to scream. | I am sick of being treated like dirt.
    WHY DOES NOBODY LISTEN | face with symbols on mouth
    My boss humiliated me in front of everyone and I am livid. | you people are useless
    This is outrageous. | I want my money back NOW! | Stop lying to me! | I am so mad at her
    i hate u
annoyance, anger:
    I have been waiting for two weeks. | I have called four times already.
    Nobody answers my emails. | This is the second time it arrived broken.
    Your app keeps crashing. | I was on hold for an hour. | You charged me twice. | Still no refund.
    unamused face | I already told you that. | this is ridiculous
    My parcel still has not arrived and nobody tells me anything. | Again the wrong item.
    How many times must I ask? | I want to speak to a manager. | are you even reading what I write?
    That does not help. | Why is this taking so long? | face with steam from nose
    Great, it broke again. | Oh great, another delay. | wow, thanks for nothing
    Just what I needed, another bill. | Yeah right. | Sure, because that worked so well last time.
    face with rolling eyes | Fantastic, my flight is cancelled again.
    Thanks a lot for ruining my day. | Oh wonderful, more rain /s
disgust:
    That is disgusting. | It makes me sick to look at it. | The food was rotten. | nauseated face
    face vomiting | There were cockroaches in the room. | He is a creep. | gross | yuck
    There was a hair in my soup.
disapproval, annoyance:
    People like that are beneath me. | They are pathetic. | What a loser.
    He thinks he is so clever, what a joke.
joy:
    I'm so happy! | I got the job! | We are having a baby! | Best day of my life.
    smiling face with smiling eyes | smiling face | I passed! | I feel great today.
    grinning face with smiling eyes | party popper | Finally some good news.
    I had a lovely weekend. | It went really well. | things are looking up | im soo happy
    I am not sad any more. | not bad at all | Not bad, actually. | can't complain
    never been better | I could not be happier. | I couldn't ask for more. | all good on my side
    I'm doing well. | It worked! | I feel better now.
excitement, joy:
    I can't wait! | We are going to Italy tomorrow! | OMG it is happening!! | I AM SO EXCITED
love:
    I love you. | I love my kids more than anything. | red heart | heavy black heart
    smiling face with heart-shaped eyes
gratitude:
    Thank you. | Thanks a lot, that helped. | Thank you so much for listening. | thx | ty
    person with folded hands | I am so grateful for your help. | I appreciate it. | cheers
    Thanks, that's all. | thanks for your quick answer
relief, joy:
    What a relief. | The results are fine, it is not cancer. | I can breathe again. | phew
    I was worried for nothing.
optimism:
    I think it will get better. | I hope so. | Tomorrow is a new day. | fingers crossed
pride, joy:
    I am proud of myself. | I made it a whole month without drinking. | My daughter graduated today!
amusement, joy:
    haha | lol that is funny | face with tears of joy | rolling on the floor laughing | lmao
surprise:
    Wow, I did not expect that. | No way! | What?! | I can't believe it! | astonished face
    really?? | omg | He turned up out of nowhere. | I never saw that coming. | face with open mouth
confusion:
    I don't understand. | What do you mean? | I am confused. | I have no idea what is going on.
    huh | thinking face
curiosity, neutral:
    What time do you open? | How does this work? | Can I change my address?
    Where do I find the manual? | What did you say? | Who are you? | Are you a human?
    Could you tell me more about it?
neutral:
    ok | okay | yes | no | I see. | I don't know. | maybe | fine | sure | hello | hi | good morning
    bye | I have a question about my account. | My order number is 48213. | I live in Leeds.
    I am at work. | I would like to change my booking to Tuesday. | The meeting is at three.
    I am 34 years old. | We talked about it yesterday. | It is on the table.
    I need to update my email address. | go on | nothing special
    I'd like to return a pair of shoes. | The invoice is from March. | I work in an office.
    He is my brother. | Is the shop open on Sunday? | How do I reset my password?
    When will it be delivered? | which size is that | The train leaves at nine.
    I had soup for lunch. | As I said before. | 42 | tell me more
caring:
    I hope you feel better soon. | take care | Look after yourself.
desire:
    I wish I could go back. | I just want to be loved. | I want a new phone.
sadness:
    My seat at the table at home is empty since the divorce.
    nobody saved me a place at the wedding
    the house is so quiet now that the kids have moved away | he used to call me every evening
    I have not left my room since Thursday | I watch everyone else get on with their lives
    my best mate blocked me and I do not know why | she said she never really loved me
    I still have his voicemail on my phone | we had to sell the farm my grandfather built
    no texts, no calls, nothing for my birthday | I look in the mirror and see nobody
    the vet said there is nothing more they can do | it should have been me and not him
    we said goodbye at the airport and I do not know when I see her again
    I gave up my dream of dancing after the accident | my friends meet up without me
    I used to love painting, now I cannot even pick up a brush
    the doctor says I will not walk again
    they picked everybody except me | another weekend by myself on the sofa
    I don't remember the last time someone hugged me | his side of the bed is cold
    been staring at the ceiling since 4am | my little brother starts chemo next week
    I pretend to be busy so that no one notices | all the invitations stopped after I got ill
    I can barely get through the day | I carry this weight around all the time
    feels like I'm watching my life through a window | ngl I'm not doing so hot | rough week tbh
    I cried in the shower again | everything reminds me of her | heart is in pieces rn
    not in the mood for anything these days | can't find a reason to get dressed
fear, nervousness:
    I sleep with the lights on since the break-in | my legs turn to jelly when I have to speak up
    the bank says they may take our home | waiting for the surgeon to call back
    I checked the door and it was open when I came home | my chest gets tight in crowded places
    he said if I tell anyone I will regret it | I count the exits in every room
    the plane dropped and everyone screamed | my visa runs out on Friday and they don't answer
    someone has been in my garden at night | my baby has a fever of forty degrees
    I have not heard from my wife since the storm | every noise makes me jump
    they found something on the x-ray | first day at the new school tomorrow and I know nobody
    my palms are sweating just thinking of the driving test | what if I mess it up in front of all
    my ex is waiting outside my office again | rent is due and my account is empty
    freaking out about my thesis defence | can't eat before the hearing, my stomach is in knots
    the company is in trouble and I have two kids | bricking it for thursday
remorse, sadness:
    I forgot my mother's last call and now it is too late
    I said terrible things and she believed me
    I lied to the only person who trusted me | I should have driven him home that night
    my son asked why I was so mean | wish I could take back that text
embarrassment, sadness:
    my trousers split in the middle of the presentation
    I called my teacher mum in front of everybody
    they all saw the photo | I tripped on stage and the whole hall laughed
anger, annoyance:
    my colleague took credit for my whole project | he eats my food and then denies it
    my neighbour parks in front of my gate every single day | they talk over me in every meeting
    she borrowed my car and crashed it without a word | my ex keeps turning the kids against me
    they refused my claim after I paid for twenty years | he promised to stop and did not
    the doctor didn't even look up from his screen | my boss rings me at midnight on my holiday
    dude keyed my car | they laughed at my accent | I'm fed up with being the one who cleans up
    some guy grabbed my phone and ran | they cut my hours without telling me | my blood is boiling
    my parents opened my letters | the teacher blamed me for something I did not do
annoyance, anger:
    I sent you the documents three times now | the link you gave me does not even work
    the driver left it with a stranger down the road | two weeks and not one reply
    you changed my booking without asking me | the app logs me out every five minutes
    I was passed from one department to the next | why do I have to repeat my number every time
    the sofa came with a scratch and one leg missing | your website ate my order
    the password reset mail never comes | I paid for express and it took nine days
    my internet has been down since Sunday | the price went up overnight and nobody told me
    they closed my ticket without an answer | the room was filthy and reception shrugged
    you sent me size forty instead of thirty eight, again | hung up on me twice
    the refund was promised for last Friday | nobody picks up at your office
    Wonderful, the update deleted all my files. | Oh super, I get to start all over again.
    Nice job, you broke it even more. | Sure, take your time, I have nothing else to do.
    What a great start to the day, a flat tyre. | Fab, no hot water in January.
    how convenient, the line is busy every time I ring | so glad I paid extra for this rubbish
    another form, how exciting | Well that is just marvellous, it rained through the roof.
    ugh | seriously? | typical | here we go again | give me a break | unreal | ffs
disgust:
    the towel had someone's hair all over it | he spat on the pavement right beside me
    the milk had lumps in it | there is a dead rat under the sink | he picks his nose at dinner
    the toilet was covered in filth | that video turned my stomach | eww get it away from me
joy:
    my daughter drew me a card and wrote my name | I ran five kilometres without stopping
    we laughed until midnight like in the old days | the puppy fell asleep on my lap
    I paid off my loan | the kids made me breakfast in bed | my garden is full of butterflies
    I could taste food again after weeks | my sister is coming home for the holidays
    after the therapy I can finally ride a bus alone | she smiled when she saw me
    I fixed the bike all by myself | we danced in the kitchen | my team came first
    for once the whole family sat at one table | I woke up and wasn't tired | good vibes only
    I got an A in maths | today I went outside and it felt right | the operation went well
    he asked me to marry him | killed it at my presentation | lit night with the girls
    feeling myself today | we made it | my plants are thriving | so chuffed
gratitude, joy:
    you sorted it in two minutes, brilliant | the replacement arrived today, thanks a million
    great support, will order again | it works like a charm now | you made my day
    kudos to your colleague, she was so kind | got my money back, very pleased
    big thanks | legend, thank you | that was easy, thanks | five stars from me
excitement, joy:
    three more sleeps until the beach | tickets are booked, here we come | let's gooo
    our new home has a garden and we get the keys tomorrow | counting down the hours
surprise:
    he walked in alive after ten years | I opened the box and it was full of money
    wait they are married?! | since when do you speak Japanese?! | I had to read that twice
    what on earth | whaaat | hang on, how is that possible | my jaw dropped | no freaking way
neutral:
    I need the size chart for the boots | we live on the third floor | is there parking nearby
    my flight number is BA204 | send it to my work address please | I study chemistry in Graz
    the lamp is forty centimetres tall | I have two sisters | can I pay with a card
    what documents should I bring | I take the tram to the office | it was a Tuesday
    the guarantee lasts two years | he is a teacher | please change the name on the ticket
    I ordered the black one in medium | which bus goes to the museum | we are four people
    I will be there at half past six | how do I turn on the subtitles | we had rice and beans
disappointment, sadness:
    it was not half as good as they said | I was not exactly happy with how it went
    I can't say that I enjoyed it | nothing about this month went the way I wanted
    I'm hardly excited about going back | there wasn't one good moment in that whole trip
relief, joy:
    I don't have to be afraid of him ever again | no more pain since the injection
    not worried about it any longer | I'm no longer angry with her | it didn't hurt at all
    I never have to go back to that office
sadness:
    Estoy muy triste. | Me siento solo. | Lloro todos los días. | Echo de menos a mi madre.
    no estoy bien | Ich bin so traurig. | Ich fühle mich allein. | Mir geht es schlecht.
    Ich kann nicht mehr. | Ich bin nicht glücklich. | Je suis triste. | Je me sens seul.
    Je pleure tout le temps. | ça ne va pas | Je ne suis pas heureux. | Estou muito triste.
    Sinto-me sozinho. | Sono molto triste. | Mi sento solo. | Ik ben verdrietig. | Jestem smutny.
fear:
    Tengo miedo. | Estoy muy nervioso por el examen. | Ich habe Angst. | Ich mache mir Sorgen.
    J'ai peur. | Je suis inquiet. | Tenho medo. | Estou com medo. | Ho paura. | Sono preoccupato.
    Ik ben bang. | Boję się.
anger:
    Estoy enfadado. | ¡Qué rabia! | Estoy furioso con ustedes. | Ich bin wütend.
    Das ist eine Frechheit! | Ich hasse ihn. | Je suis en colère. | C'est inadmissible !
    Estou com raiva. | Sono arrabbiato. | Ik ben boos. | Jestem zły.
joy:
    Estoy muy feliz. | ¡Qué alegría! | Ich bin so glücklich! | Ich freue mich sehr.
    Je suis content. | Je suis heureux. | Estou feliz. | Sono felice. | Ik ben blij.
    Jestem szczęśliwy.
gratitude:
    Gracias. | Muchas gracias por su ayuda. | Danke. | Vielen Dank für Ihre Hilfe. | Merci.
    Merci beaucoup. | Obrigado. | Obrigada pela ajuda. | Grazie. | Grazie mille. | Dank je wel.
    Dziękuję.
disgust:
    Qué asco. | Das ist eklig. | C'est dégoûtant. | Que nojo. | Che schifo.
neutral:
    ¿A qué hora abren? | Wann haben Sie geöffnet? | À quelle heure ouvrez-vous ? | no sé
    ich weiß nicht | je ne sais pas
"""


def phrases() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give each sentence with its GoEmotions labels."""
    labels: tuple[str, ...] = ()
    for line in _PHRASES.strip().splitlines():
        if line.startswith(" "):
            for part in line.split(" | "):
                yield part.strip(), labels
        else:
            labels = tuple(line.removesuffix(":").split(", "))
    for file in sorted(_FOLDER.glob("*.txt")):
        yield from _messages(file)


def _messages(file: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    labels: tuple[str, ...] = ()
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("=="):
            labels = tuple(line.removeprefix("==").strip().split(", "))
        elif line and not line.startswith("#"):
            yield line, labels
