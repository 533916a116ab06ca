"""Models that run here: any image-text-to-text or text-generation model of Transformers.

Read `vision.py` and `chat.py` first. `name.py` says what a name means, `find.py` where it is,
`checkpoint.py` what a folder holds before it is loaded, `fit.py` what fits this machine,
`families.py` what is known of a family of models, and `load.py` opens one. For vision, `ask.py`
computes, and `gather.py` puts many questions into one run. For chat, `template.py` puts a
conversation in the model's own words, `writing.py` writes for many at once, and `answer.py` and
`calls.py` read what is written.
"""

from empathy_agent.models.local.vision import LocalVision, open_local

__all__ = ["LocalVision", "open_local"]
