# Makes the files in this folder, a second of 300 Hz each: pip install av numpy; python make.py
import av
import numpy as np

def tone(rate):
    t = np.arange(rate) / rate
    return (8000 * np.sin(2 * np.pi * 300 * t)).astype(np.int16)

def write(name, codec, rate, film=None, sound=True, **options):
    bit_rate = options.pop("bit_rate", 0)
    with av.open(name, "w", **options) as out:
        if film:
            v = out.add_stream(film, rate=10)
            v.width, v.height, v.pix_fmt = 128, 96, "yuv420p"
        if sound:
            a = out.add_stream(codec, rate=rate, layout="mono")
            if bit_rate:
                a.bit_rate = bit_rate
        if film:
            for i in range(10):
                frame = av.VideoFrame.from_ndarray(np.full((96, 128, 3), 20 * i, np.uint8), format="rgb24")
                out.mux(v.encode(frame))
            out.mux(v.encode())
        if sound:
            frame = av.AudioFrame.from_ndarray(tone(rate).reshape(1, -1), format="s16", layout="mono")
            frame.rate, frame.pts = rate, 0
            resampler = av.AudioResampler(format=a.format, layout="mono", rate=rate, frame_size=a.frame_size or 0)
            for f in resampler.resample(frame) + resampler.resample(None):
                out.mux(a.encode(f))
            out.mux(a.encode())

write("tone.mp3", "libmp3lame", 24000)
write("tone.m4a", "aac", 24000, format="ipod")
write("tone.aac", "aac", 24000, format="adts")
write("tone.amr", "libopencore_amrnb", 8000, bit_rate=12200)
write("tone.flac", "flac", 24000)
write("film.mp4", "aac", 24000, film="mpeg4")
write("film.3gp", "libopencore_amrnb", 8000, film="mpeg4", bit_rate=12200)
write("silent.mp4", None, 0, film="mpeg4", sound=False)
