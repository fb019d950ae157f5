"""The broker without a server: a reader never meets half a message."""

import threading
from queue import Empty

import pytest
from kombu import Connection

from tracker import filequeue


@pytest.fixture
def channel(tmp_path):
    filequeue.install()
    folders = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path / "c")}
    with Connection("filesystem://localhost", transport_options=folders) as connection:
        assert isinstance(connection.transport, filequeue.Transport)
        yield connection.channel()


def drained(channel, queue="work"):
    """Everything in the queue, oldest first."""
    found = []
    while True:
        try:
            found.append(channel._get(queue))
        except Empty:
            return found


def test_messages_come_out_as_they_went_in(channel):
    for number in range(3):
        channel._put("work", {"number": number})
    channel._put("other", {"number": 9})
    assert sorted(message["number"] for message in drained(channel)) == [0, 1, 2]


def test_a_reader_beside_a_writer_meets_whole_messages_only(channel):
    found, writing = [], threading.Event()
    writing.set()

    def read():
        while writing.is_set():
            found.extend(drained(channel))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(400):
        channel._put("work", {"number": number, "padding": "x" * 20_000})
    writing.clear()
    reader.join()
    found.extend(drained(channel))
    assert sorted(message["number"] for message in found) == list(range(400))


def test_an_empty_file_stops_nobody(channel, tmp_path):
    (tmp_path / "1_a.work.msg").touch()
    with pytest.raises(Empty):
        channel._get("work")
    channel._put("work", {"number": 1})
    assert drained(channel) == [{"number": 1}]
