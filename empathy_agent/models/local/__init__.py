"""Vision-language models that run here: any image-text-to-text model of Transformers.

Read `vision.py` first. `name.py` says what a name means, `checkpoint.py` what a folder holds before
anything of it is loaded, `fit.py` what fits this machine, `families.py` what is known of a family
of models, `load.py` opens one, `ask.py` computes, and `gather.py` puts many questions into one run.
"""

from empathy_agent.models.local.vision import LocalVision, open_local

__all__ = ["LocalVision", "open_local"]
