"""What the tests of vision servers share: limits, a drawn face, and a model on a served answer."""

from PIL import Image, ImageDraw
from pydantic import SecretStr

from empathy_agent.models.server import open_server
from empathy_agent.models.server.line import Limits
from empathy_agent.models.server.vision import ServerVision
from tests.servers import Likely, Server

__all__ = ["FEELINGS", "ONCE", "QUICK", "SURE", "face", "vision"]

QUICK = Limits(total_s=20.0, tries=3, wait_s=0.01, failures=3, rest_s=30.0)
ONCE = Limits(total_s=20.0, tries=1, wait_s=0.01, failures=3, rest_s=30.0)
FEELINGS = ("happiness", "sadness", "surprise", "anger")
SURE = Likely([{"happiness": 0.9, "sadness": 0.05, "surprise": 0.02, "The": 0.03}])


def face() -> Image.Image:
    """Draw a face."""
    drawn = Image.new("RGB", (96, 96), "tan")
    ImageDraw.Draw(drawn).arc((24, 40, 72, 80), 0, 180, fill="black", width=3)
    return drawn


def vision(server: Server, limits: Limits = QUICK, key: str | None = None) -> ServerVision:
    """Open the vision model of a server."""
    rest = server.name.removeprefix("openai:")
    return open_server(rest, api_key=SecretStr(key) if key else None, limits=limits)
