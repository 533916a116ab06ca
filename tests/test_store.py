import threading

from empathy_agent.perception.frames import Window
from empathy_agent.perception.store import FrameStore


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_window_comes_back_by_its_reference():
    store, window = FrameStore(), Window(())
    assert store.get(store.put(window)) is window


def test_a_longer_clip_waits_beside_its_window():
    store, window, clip = FrameStore(), Window(()), Window((), lost=True)
    ref = store.put(window, clip)
    assert store.get(ref) is window
    assert store.clip(ref) is clip
    assert store.clip(store.put(window)) is window
    store.drop(ref)
    assert store.clip(ref) is None


def test_references_are_unlike_and_cannot_be_guessed():
    store = FrameStore(max_windows=1000)
    refs = {store.put(Window(())) for _ in range(500)}
    assert len(refs) == 500
    assert all(len(ref) >= 32 for ref in refs)


def test_an_unknown_reference_is_nothing():
    assert FrameStore().get("nobody") is None


def test_the_oldest_window_goes_when_the_store_is_full():
    store = FrameStore(max_windows=2)
    first, second, third = (store.put(Window(())) for _ in range(3))
    assert store.get(first) is None
    assert store.get(second) is not None
    assert store.get(third) is not None


def test_a_window_expires():
    clock = Clock()
    store = FrameStore(ttl_s=10, clock=clock)
    early = store.put(Window(()))
    clock.now += 6
    late = store.put(Window(()))
    clock.now += 5
    assert store.get(early) is None
    assert store.get(late) is not None


def test_reading_a_window_does_not_lengthen_its_life():
    clock = Clock()
    store = FrameStore(ttl_s=10, clock=clock)
    ref = store.put(Window(()))
    seen = [store.get(ref)]
    for _ in range(4):
        clock.now += 3
        seen.append(store.get(ref))
    assert [window is not None for window in seen] == [True, True, True, True, False]


def test_a_dropped_window_is_gone_and_may_be_dropped_twice():
    store = FrameStore()
    ref = store.put(Window(()))
    store.drop(ref)
    store.drop(ref)
    assert store.get(ref) is None


def test_many_threads_find_what_they_put():
    store = FrameStore(max_windows=4000)
    wrong: list[str] = []

    def work() -> None:
        for _ in range(200):
            window = Window(())
            ref = store.put(window)
            if store.get(ref) is not window:
                wrong.append(ref)
            store.drop(ref)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
