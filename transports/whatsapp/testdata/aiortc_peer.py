"""The far end of a WhatsApp call, made of aiortc: a peer that shares no code with the bot.

It writes its offer to the standard output as {"offer": SDP} and waits for {"answer": SDP} on the standard input. Then it
says a tone of 300 Hz, listens, and tells in {"heard": ...} what it heard, as soon as that was most of a second of sound, and with
{"state": "ended"} when the bot has ended the call. It ends when its input is closed.
"""

import asyncio
import fractions
import json
import math
import sys

import aioice.ice
import av
import numpy
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

RATE = 48000
STEP = RATE // 50

# Nobody but the bot on this machine is to be reached.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


class Tone(MediaStreamTrack):
    kind = "audio"

    def __init__(self):
        super().__init__()
        self.at = 0
        self.start = None

    async def recv(self):
        loop = asyncio.get_event_loop()
        if self.start is None:
            self.start = loop.time()
        wait = self.start + self.at / RATE - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        t = (numpy.arange(STEP) + self.at) / RATE
        samples = (8000 * numpy.sin(2 * math.pi * 300 * t)).astype(numpy.int16)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.pts, frame.sample_rate, frame.time_base = self.at, RATE, fractions.Fraction(1, RATE)
        self.at += STEP
        return frame


def whatsapp(sdp):
    """What WhatsApp's offers have: one fingerprint, of SHA-256, and of codecs Opus alone."""
    lines = sdp.split("\r\n")
    opus = next(line.split(":")[1].split()[0] for line in lines if line.startswith("a=rtpmap:") and "opus/48000" in line)
    kept = []
    for line in lines:
        name, _, value = line.partition(":")
        if name == "a=fingerprint" and not value.startswith("sha-256"):
            continue
        if name in ("a=rtpmap", "a=fmtp", "a=rtcp-fb") and value.split()[0] != opus:
            continue
        if line.startswith("m=audio"):
            line = " ".join(line.split()[:3] + [opus])
        kept.append(line)
    return "\r\n".join(kept)


def say(**message):
    print(json.dumps(message), flush=True)


async def listen(track):
    """Tells what the bot said: how long it was loud, and how high."""
    loud, crossings, frames = [], 0, 0
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:  # the bot has closed DTLS
            say(state="ended")
            return
        frames += 1
        samples = frame.to_ndarray().astype(float).reshape(-1)
        if len(frame.layout.channels) == 2:
            samples = samples[::2]
        if math.sqrt(float(numpy.mean(samples**2))) > 500:
            loud.append(samples)
        if len(loud) == 45:
            sound = numpy.concatenate(loud[5:40])
            crossings = int(numpy.sum((sound[:-1] < 0) & (sound[1:] >= 0)))
            say(heard={"frames": frames, "hertz": crossings * frame.sample_rate / len(sound)})


async def main():
    loop = asyncio.get_event_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tasks = []
    pc.on("track", lambda track: tasks.append(asyncio.ensure_future(listen(track))))
    pc.on("connectionstatechange", lambda: say(state=pc.connectionState))
    pc.addTrack(Tone())
    await pc.setLocalDescription(await pc.createOffer())
    say(offer=whatsapp(pc.localDescription.sdp))
    line = await reader.readline()
    if line:
        await pc.setRemoteDescription(RTCSessionDescription(json.loads(line)["answer"], "answer"))
        await reader.read()  # until it is closed
    for task in tasks:
        task.cancel()
    await pc.close()


asyncio.run(main())
