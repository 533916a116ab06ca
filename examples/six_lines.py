"""One turn in six lines."""

from empathy_agent import open_agent
from empathy_agent.settings import Settings

agent = open_agent(Settings(source="demo:sadness", consent=True))
turn = agent.turn("I failed my exam and I cannot face my parents")
print(turn.reading and turn.reading.emotion, turn.risk, turn.strategy)
print(turn.reply)
agent.close()
