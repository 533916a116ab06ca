"""Vision models on servers that speak the OpenAI protocol: `openai:BASE_URL#MODEL`.

vLLM, SGLang, llama.cpp, Ollama and TGI all answer `POST /chat/completions` with pictures as data
URLs. How likely each of some given answers is, they tell in different ways. What their
documentation and sources say (looked up in November 2026), and what is made of it:

- **`logprobs` with `top_logprobs`**: vLLM (20 unless `--max-logprobs` says otherwise; before any
  sampling rule, `--logprobs-mode raw_logprobs`), SGLang, llama.cpp, Ollama since 0.12.11 (null from
  its cloud), TGI (5). One request tells all options at once, so this is asked first, with 20 and
  then with 5; see `likely` for what is made of the tokens.
- **Going on with a begun answer** (`continue_final_message`: vLLM, SGLang; llama.cpp does it by
  itself) tells options apart that share a first token, only where that matters.
- **A choice**: `structured_outputs: {"choice": [...]}` in vLLM; `guided_choice` before 0.12, which
  later versions ignore in silence, so an answer is believed only if it is an option.
- **A JSON schema** in `response_format`, which all five know. Last, plain words.
- **Not used:** `prompt_logprobs` scores whole options, but reads the pictures again for each of
  them (vLLM recomputes the prompt, whatever its prefix cache holds); `/completions` with `echo`
  takes no pictures.
- `chat_template_kwargs: {"enable_thinking": false}` (vLLM, SGLang, llama.cpp) keeps a model from
  thinking aloud before it answers; servers that refuse it by name are asked without.

Which way a server and model know is found out by their first question and remembered.
"""

import importlib.util
from typing import TYPE_CHECKING

from empathy_agent.errors import SetupError
from empathy_agent.models.address import read_address

if TYPE_CHECKING:
    from pydantic import SecretStr

    from empathy_agent.models.server.line import Limits
    from empathy_agent.models.server.vision import ServerVision

__all__ = ["open_server"]

_EXAMPLE = "openai:http://localhost:8000/v1#Qwen/Qwen2.5-VL-3B-Instruct"


def open_server(
    rest: str, *, api_key: "SecretStr | None" = None, limits: "Limits | None" = None
) -> "ServerVision":
    """Open a vision model on a server; nothing is connected before its first use.

    Args:
        rest: `BASE_URL#MODEL`.
        api_key: for a server that wants one.
        limits: how long and how often it is asked.

    Raises:
        SetupError: the name is malformed, or the openai client is not installed.
    """
    address = read_address(rest, "vision", _EXAMPLE)
    if importlib.util.find_spec("openai") is None:
        raise SetupError(f"vision {f'openai:{rest}'!r} needs pip install 'empathy-agent[server]'")
    from empathy_agent.models.server.line import Limits, Line
    from empathy_agent.models.server.vision import ServerVision

    return ServerVision(address, Line("vision", address, api_key, limits or Limits()))
