"""What the camera shows now: state, feeling, eight bars, and the last while."""

from collections import deque

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from empathy_agent.affect import AffectReading, Emotion
from empathy_agent.tui.words import ABSTAINED, Camera, bar, clean, feeling, shorten, trace

__all__ = ["LivePanel"]

_REMEMBERED = 120
"""How many steps the traces go back."""
_LOOKS = 4
"""Looks in one step of a trace: two seconds, at two looks a second."""


class Bars(Widget):
    """One bar for each of the eight emotions; lighter blocks where the reading is less sure."""

    reading: reactive[AffectReading | None] = reactive(None)

    def render(self) -> Content:
        """Draw eight lines, empty ones where nothing could be read."""
        distribution = (self.reading and self.reading.distribution) or {}
        confidence = self.reading.confidence if self.reading else 0.0
        width = max(4, self.size.width - 15)
        lines: list[Content] = []
        for emotion in Emotion:
            share = distribution.get(emotion)
            drawn = bar(share or 0, width, confidence)
            number = "   –" if share is None else f"{share:4.0%}"
            leads = self.reading is not None and emotion is self.reading.emotion
            lines.append(
                Content.assemble(
                    (f"{emotion:<10}", "bold" if leads else ""),
                    (drawn, "$accent" if leads else "$primary"),
                    (f" {number}", "bold" if leads else "dim"),
                )
            )
        return Content("\n").join(lines)


class Traces(Widget):
    """Valence and arousal over time, each on its own fixed scale from -1 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self._valence: deque[float | None] = deque(maxlen=_REMEMBERED)
        self._arousal: deque[float | None] = deque(maxlen=_REMEMBERED)

    def add(self, valence: float | None, arousal: float | None, *, step: bool) -> None:
        """Add a reading as a new step, or in place of the last; a null is a gap."""
        if not step and self._valence:
            self._valence.pop()
            self._arousal.pop()
        self._valence.append(valence)
        self._arousal.append(arousal)
        self.refresh()

    def wipe(self) -> None:
        """Start again."""
        self._valence.clear()
        self._arousal.clear()
        self.refresh()

    def render(self) -> Content:
        """Draw two traces, each as high as there is room for."""
        width, rows = max(4, self.size.width - 15), max(1, self.size.height // 2)
        lines: list[Content] = []
        for name, values in (("valence", self._valence), ("arousal", self._arousal)):
            *above, last = trace(list(values), width, rows)
            lines += [Content.assemble(" " * 10, (line, "$accent")) for line in above]
            lines.append(
                Content.assemble(f"{name:<10}", (last, "$accent"), (_signed(values), "dim"))
            )
        return Content("\n").join(lines)


def _signed(values: deque[float | None]) -> str:
    last = values[-1] if values else None
    return "    –" if last is None else f"{last:+5.1f}"


class LivePanel(VerticalScroll):
    """The live panel."""

    can_focus = False

    def __init__(self) -> None:
        super().__init__(id="live")
        self.border_title = "live"
        self._looks = 0
        # Held rather than queried: a reading may come in while the screen is being taken down.
        self._state = Static(id="state")
        self._feeling = Static(id="feeling")
        self._bars = Bars()
        self._traces = Traces()
        self._narrative = Static(id="narrative")

    def compose(self) -> ComposeResult:
        """Lay out state, feeling, bars, traces and narrative."""
        yield self._state
        yield self._feeling
        yield self._bars
        yield self._traces
        yield self._narrative

    def show_camera(self, camera: Camera) -> None:
        """Show what the camera does."""
        line = Content.assemble((camera.sign, "$error" if camera.on else ""), f" {camera.words}")
        self._state.update(line)

    def look(self, reading: AffectReading) -> None:
        """Show one of the many readings of a camera."""
        self.show(reading, step=self._looks % _LOOKS == 0)
        self._looks += 1

    def show(self, reading: AffectReading, *, step: bool = True) -> None:
        """Show a reading, as a new step of the traces or in place of the last."""
        self._bars.reading = reading
        self._traces.add(reading.valence, reading.arousal, step=step)
        words = feeling(reading)
        if reading.emotion is not None:
            words = f"{words} · {reading.confidence:.2f}"
        self._feeling.update(Content(words).stylize("bold"))
        self._narrative.update(Content("\n".join(_details(reading))))

    def show_nothing(self, words: str) -> None:
        """Say why there is no reading."""
        self._bars.reading = None
        self._feeling.update(Content(words))
        self._narrative.update("")

    def wipe(self) -> None:
        """Forget what was shown."""
        self._traces.wipe()
        self.show_nothing("nothing to read yet")


def _details(reading: AffectReading) -> list[str]:
    faces = f"{reading.faces} faces; the largest is read" if reading.faces > 1 else "1 face"
    lines = [faces] if reading.faces else []
    if reading.abstained and reading.emotion is not None:
        lines.append(f"from words alone: {ABSTAINED[reading.abstained]}")
    if reading.conflict:
        lines.append(reading.conflict)
    if reading.narrative:
        lines.append(reading.narrative)
    return [shorten(clean(line), 300) for line in lines]
