"""The perceiver with tiny eyes: a picture says in its first pixels what they are to see."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from empathy_agent.affect import Abstention, Emotion, Intensity, Pose, TextAffect
from empathy_agent.errors import ModelUnavailable, ReadingError
from empathy_agent.models.vision import ScriptedVision
from empathy_agent.perception.expression import FrameAffect, Quality
from empathy_agent.perception.faces import Face, Pixels
from empathy_agent.perception.frames import Frame, Window
from empathy_agent.perception.perceiver import Perceiver
from empathy_agent.perception.track import EMOTIONS
from empathy_agent.prompts import prompt_hash
from tests.test_track import showing

REASONS = (None, *Abstention)
NAMES = ("AU12", "AU45")


def picture(
    emotion: Emotion = Emotion.NEUTRAL,
    *,
    faces: int = 1,
    why_not: Abstention | None = None,
    number: int = 0,
    flat: bool = False,
) -> Pixels:
    pixels = np.full((120, 160, 3), 90, np.uint8)
    told = (EMOTIONS.index(emotion), faces, REASONS.index(why_not), number % 251, flat)
    pixels[0, : len(told), 0] = told
    return pixels


class Finder:
    """Sees as many faces as the picture says."""

    def find(self, pixels: Pixels) -> list[Face]:
        points = np.array([[60, 50], [100, 50], [80, 70], [65, 90], [95, 90]], np.float32)
        return [Face((50, 30, 110, 100), points, 0.9)] * int(pixels[0, 1, 0])

    def near(self, pixels: Pixels, face: Face) -> Face | None:
        return next(iter(self.find(pixels)), None)


class Expert:
    """Sees the emotion that the picture says."""

    name = "expression-0"

    def __init__(self) -> None:
        self.read = 0

    def read_many(
        self, pairs: Sequence[tuple[Pixels, Face]], *, mirrored: bool = True
    ) -> list[FrameAffect]:
        self.read += len(pairs)
        return [self._one(pixels) for pixels, _ in pairs]

    def _one(self, pixels: Pixels) -> FrameAffect:
        index, _, why_not, _, flat = (int(value) for value in pixels[0, :5, 0])
        smiles = 0.8 if EMOTIONS[index] == Emotion.HAPPINESS else 0.1
        return FrameAffect(
            distribution=np.full(8, 1 / 8) if flat else showing(EMOTIONS[index]),
            action_units=np.array([smiles, 0.0]),
            names=NAMES,
            pose=Pose(yaw=0, pitch=0, roll=0),
            face_score=1.0,
            quality=Quality(sharpness=0.5, light=0.5, contrast=0.2, size=60, occlusion=0),
            why_not=REASONS[why_not],
        )


class Untouchable:
    """Fails the test as soon as anybody looks."""

    name = "untouchable"

    def find(self, pixels: Pixels) -> list[Face]:
        raise AssertionError("somebody looked")

    def near(self, pixels: Pixels, face: Face) -> Face | None:
        raise AssertionError("somebody looked")

    def read_many(
        self, pairs: Sequence[tuple[Pixels, Face]], *, mirrored: bool = True
    ) -> list[FrameAffect]:
        raise AssertionError("somebody looked")


class Sad:
    """Hears sadness in everything."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, tuple[str, ...]]] = []

    def read(self, text: str, context: Sequence[str] = ()) -> TextAffect:
        self.heard.append((text, tuple(context)))
        return TextAffect(
            emotion=Emotion.SADNESS,
            distribution=dict(zip(EMOTIONS, showing(Emotion.SADNESS).tolist(), strict=True)),
            goemotions={"sadness": 0.9},
            valence=-0.7,
            arousal=-0.2,
            dominance=-0.3,
            intensity=Intensity(anger=0, fear=0, joy=0, sadness=0.8),
        )


class Broken:
    """A vision model that fails in some way."""

    name = "broken"
    remote = False

    def __init__(self, error: Exception | None = None, scores: list[float] | None = None) -> None:
        self._error = error
        self._scores = scores or []

    def score(
        self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
    ) -> list[float]:
        if self._error:
            raise self._error
        return self._scores

    def answer(self, views: Sequence[Image.Image], prompt: str, max_tokens: int = 200) -> str:
        raise ModelUnavailable("down")

    def stream(
        self, views: Sequence[Image.Image], prompt: str, max_tokens: int = 200
    ) -> Iterator[str]:
        yield self.answer(views, prompt, max_tokens)


class Looking(ScriptedVision):
    """A script that keeps what it was shown."""

    def __init__(self, answers: Sequence[str]) -> None:
        super().__init__(answers)
        self.views: list[Image.Image] = []

    def score(
        self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
    ) -> list[float]:
        self.views = list(views)
        return super().score(views, prompt, options)


def window_of(*pictures: Pixels, fps: float = 15, lost: bool = False) -> Window:
    return Window(tuple(Frame(10 + at / fps, each) for at, each in enumerate(pictures)), lost=lost)


def moving(*parts: tuple[Emotion, float], fps: float = 15) -> Window:
    shown = [emotion for emotion, seconds in parts for _ in range(round(seconds * fps))]
    return window_of(*[picture(each, number=at) for at, each in enumerate(shown)], fps=fps)


def perceiver(**changed: object) -> Perceiver:
    given: dict[str, object] = {"finder": Finder(), "expression": Expert(), **changed}
    return Perceiver(**given)  # pyright: ignore[reportArgumentType]


def test_a_face_is_read_over_the_whole_window() -> None:
    reading = perceiver().perceive(moving((Emotion.NEUTRAL, 0.4), (Emotion.HAPPINESS, 1.6)))
    assert reading.emotion == Emotion.HAPPINESS
    assert reading.abstained is None
    assert (reading.frames, reading.faces) == (30, 1)
    assert abs(reading.at - (10 + 29 / 15)) < 1e-9
    assert abs(reading.span - 29 / 15) < 1e-9
    assert reading.valence is not None
    assert reading.valence > 0.3
    assert reading.cues == ("lip corners pulled up",)
    assert reading.narrative == "a smile that stayed"
    assert [event.kind for event in reading.events if event.what == "happiness"] == [
        "onset",
        "apex",
    ]
    assert reading.pose == Pose(yaw=0, pitch=0, roll=0)
    assert reading.model == "expression-0"
    assert reading.took_ms > 0


def test_a_neutral_second_and_a_brief_smile_is_neutral_with_an_event() -> None:
    window = moving((Emotion.NEUTRAL, 0.5), (Emotion.HAPPINESS, 0.4), (Emotion.NEUTRAL, 0.5))
    reading = perceiver().perceive(window)
    assert reading.emotion == Emotion.NEUTRAL
    assert ("micro_expression", "happiness") in {(each.kind, each.what) for each in reading.events}
    assert reading.narrative == "a brief smile"


def test_every_frame_is_read() -> None:
    expert = Expert()
    perceiver(expression=expert).perceive(moving((Emotion.NEUTRAL, 4.0)))
    assert expert.read == 60


@dataclass(frozen=True)
class Case:
    id: str
    window: Window
    why: Abstention
    frames: int
    faces: int = 1


def unread(*reasons: Abstention | None) -> Window:
    return window_of(*[picture(why_not=each, number=number) for number, each in enumerate(reasons)])


ABSENT = [
    Case("nothing yet", Window(()), Abstention.NO_FACE, 0, 0),
    Case("gone", Window((), lost=True), Abstention.SOURCE_LOST, 0, 0),
    Case("gone since", window_of(picture(), lost=True), Abstention.SOURCE_LOST, 0, 0),
    Case("nobody", window_of(*[picture(faces=0)] * 3), Abstention.NO_FACE, 3, 0),
    Case("dark", unread(*[Abstention.DARK] * 3), Abstention.DARK, 3),
    Case(
        "mostly blurred",
        unread(Abstention.TURNED_AWAY, *[Abstention.BLURRED] * 2),
        Abstention.BLURRED,
        3,
    ),
    Case("flat", window_of(picture(flat=True), picture(flat=True)), Abstention.UNCERTAIN, 2),
]


@pytest.mark.parametrize("case", ABSENT, ids=lambda case: case.id)
def test_a_face_that_cannot_be_read_is_absent_with_its_reason(case: Case) -> None:
    reading = perceiver().perceive(case.window)
    assert (reading.emotion, reading.distribution, reading.valence) == (None, None, None)
    assert (reading.abstained, reading.frames, reading.faces) == (
        case.why,
        case.frames,
        case.faces,
    )
    assert reading.confidence == 0


def test_no_camera_is_no_abstention() -> None:
    reading = perceiver(finder=Untouchable(), expression=Untouchable()).perceive(None)
    assert (reading.abstained, reading.frames, reading.emotion) == (None, 0, None)


def test_without_consent_no_pixel_is_looked_at() -> None:
    eyes = perceiver(finder=Untouchable(), expression=Untouchable())
    reading = eyes.perceive(moving((Emotion.FEAR, 1.0)), consent=False)
    assert (reading.abstained, reading.frames) == (Abstention.NO_CONSENT, 0)


def test_one_readable_frame_among_dark_ones_is_read_with_little_confidence() -> None:
    sure = perceiver().perceive(unread(None)).confidence
    reading = perceiver().perceive(unread(*[Abstention.DARK] * 19, None))
    assert reading.emotion == Emotion.NEUTRAL
    assert reading.confidence < 0.3 * sure


def test_the_count_is_the_most_faces_in_one_frame() -> None:
    crowd = [faces for faces in (1, 3, 2, 1) for _ in range(10)]
    shots = [picture(faces=faces, number=number) for number, faces in enumerate(crowd)]
    assert perceiver().perceive(window_of(*shots)).faces == 3


def test_a_frozen_picture_is_told_and_trusted_less() -> None:
    expert = Expert()
    still = window_of(*[picture(Emotion.FEAR)] * 30)
    frozen = perceiver(expression=expert).perceive(still)
    live = perceiver().perceive(moving((Emotion.FEAR, 2.0)))
    assert expert.read == 1
    assert frozen.narrative == "the picture did not change"
    assert frozen.emotion == Emotion.FEAR
    assert frozen.events == ()
    assert frozen.frames == 30
    assert abs(frozen.confidence - live.confidence / 2) < 0.01


def test_a_picture_held_for_a_moment_is_not_frozen() -> None:
    reading = perceiver().perceive(window_of(*[picture()] * 8))
    assert reading.narrative == "the face stayed still"


def test_a_single_picture_tells_nothing_of_change() -> None:
    reading = perceiver().perceive(window_of(picture(Emotion.ANGER)))
    assert (reading.emotion, reading.narrative, reading.span) == (Emotion.ANGER, "", 0)


def test_a_few_frames_do_not_tell_that_a_face_stayed_still() -> None:
    slow = moving((Emotion.NEUTRAL, 1.0), (Emotion.HAPPINESS, 1.0), fps=2)
    assert perceiver().perceive(slow).narrative == ""


def test_words_are_read_with_their_context_and_fused() -> None:
    words = Sad()
    reading = perceiver(words=words).perceive(
        moving((Emotion.SADNESS, 1.0)), "I lost her", context=("hello",)
    )
    assert words.heard == [("I lost her", ("hello",))]
    assert reading.words is not None
    assert reading.emotion == Emotion.SADNESS
    assert reading.model == "expression-0+words-1"


def test_words_alone_give_a_reading_when_the_face_is_absent() -> None:
    reading = perceiver(words=Sad()).perceive(window_of(picture(faces=0)), "I lost her")
    assert (reading.emotion, reading.abstained) == (Emotion.SADNESS, Abstention.NO_FACE)
    assert reading.frames == 1


def test_words_without_a_camera_are_read() -> None:
    reading = perceiver(words=Sad()).perceive(None, "I lost her")
    assert (reading.emotion, reading.abstained, reading.model) == (
        Emotion.SADNESS,
        None,
        "words-1",
    )


def test_a_smile_under_despairing_words_is_a_conflict() -> None:
    reading = perceiver(words=Sad()).perceive(moving((Emotion.HAPPINESS, 1.0)), "I lost her")
    assert reading.conflict


def test_silence_is_not_read() -> None:
    words = Sad()
    reading = perceiver(words=words).perceive(moving((Emotion.ANGER, 1.0)), " \n")
    assert (words.heard, reading.words, reading.emotion) == ([], None, Emotion.ANGER)


def test_a_vision_model_is_shown_faces_and_scene_and_asked_for_the_label() -> None:
    vision = Looking(["happiness"])
    window = moving((Emotion.NEUTRAL, 1.0), (Emotion.HAPPINESS, 1.0))
    reading = perceiver(vision=vision).perceive(window)
    *faces, scene = vision.views
    assert scene.size == (160, 120)
    assert 1 <= len(faces) <= 5
    assert all(face.width < 160 and face.mode == "RGB" for face in faces)
    assert all(emotion.value in vision.prompts[0] for emotion in Emotion)
    assert reading.model == "expression-0+scripted"
    assert reading.prompt == prompt_hash("see/emotion.md", "see/look.md")


def test_a_vision_model_that_agrees_makes_sure_and_one_that_does_not_is_told() -> None:
    window = moving((Emotion.ANGER, 1.0))
    alone = perceiver().perceive(window)
    against = perceiver(vision=ScriptedVision(["fear"])).perceive(window)
    both = perceiver(vision=ScriptedVision(["anger"])).perceive(window)
    assert against.confidence < alone.confidence
    assert both.confidence > alone.confidence
    assert against.emotion == Emotion.ANGER
    assert against.cues == ("to the vision model it looks like fear",)
    assert both.cues == ()


@pytest.mark.parametrize(
    "vision",
    [
        Broken(ModelUnavailable("down")),
        Broken(ReadingError("what?", "a cat")),
        Broken(scores=[0.0]),
        Broken(scores=[float("nan")] * 8),
    ],
    ids=["down", "nonsense", "too few scores", "no numbers"],
)
def test_a_vision_model_that_fails_never_fails_the_turn(vision: Broken) -> None:
    window = moving((Emotion.ANGER, 1.0))
    reading = perceiver(vision=vision).perceive(window)
    alone = perceiver().perceive(window)
    assert reading.distribution == alone.distribution
    assert reading.cues == ("vision unavailable",)
    assert (reading.model, reading.prompt) == ("expression-0", None)


def test_a_vision_model_is_not_asked_about_a_face_that_is_not_there() -> None:
    vision = ScriptedVision(["anger"])
    perceiver(vision=vision).perceive(window_of(picture(faces=0)))
    assert vision.prompts == []


def test_one_window_does_not_colour_the_next() -> None:
    eyes = perceiver()
    fresh = perceiver().perceive(moving((Emotion.SADNESS, 1.0)))
    eyes.perceive(moving((Emotion.HAPPINESS, 2.0)))
    again = eyes.perceive(moving((Emotion.SADNESS, 1.0)))
    assert again.model_copy(update={"took_ms": 0}) == fresh.model_copy(update={"took_ms": 0})


def test_many_threads_share_one_perceiver() -> None:
    eyes = perceiver()
    emotions = [emotion for emotion in Emotion for _ in range(5)]
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(eyes.perceive, moving((each, 0.5))) for each in emotions]
    assert [each.result().emotion for each in asked] == emotions


def test_warming_up_loads_what_can_be_loaded() -> None:
    warmed = threading.Event()

    class Cold(Expert):
        def warm(self) -> None:
            warmed.set()

    perceiver(expression=Cold()).warm()
    assert warmed.is_set()


def test_a_reading_survives_json() -> None:
    reading = perceiver(words=Sad()).perceive(moving((Emotion.FEAR, 2.0)), "no")
    assert type(reading).model_validate_json(reading.model_dump_json()) == reading
