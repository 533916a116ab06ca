"""Sentences as people type them to a listener or to a help desk, written for this project.

GoEmotions is comments of strangers on Reddit: few of them speak of themselves to someone who
listens, none is a customer, and all are English. These lines, each labelled by reading, are added
to its training split, and to nothing that is measured. The cases of `tests/test_words.py` are
others, but for emoji and single words, where there is nothing else to say.
"""

from collections.abc import Iterator

__all__ = ["phrases"]

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
