package ffmpeg

import (
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

const (
	// demuxers are the forms of files that are read. None of them refers to other files.
	demuxers = "aac,amr,flac,matroska,mov,mp3,ogg,wav"
	// decoders are the codecs that are decoded: those of sound alone.
	decoders = "aac,aac_latm,ac3,adpcm_ima_wav,adpcm_ms,alac,amrnb,amrwb,eac3,flac,gsm,gsm_ms,mp1,mp1float,mp2,mp2float,mp3,mp3float,opus,libopus," +
		"pcm_alaw,pcm_f32le,pcm_mulaw,pcm_s16be,pcm_s16le,pcm_s24le,pcm_s32le,pcm_u8,vorbis"
	// input is the standard input, of which what was read is kept: the table of an MP4 file is often at its end.
	input = "cache:pipe:0"
)

// arguments are what the program is told.
func arguments(f audio.Format, limit time.Duration) []string {
	return []string{
		"-hide_banner", "-nostdin", "-loglevel", "error",
		"-protocol_whitelist", "cache,pipe", "-format_whitelist", demuxers, "-codec_whitelist", decoders,
		"-threads", "1", "-t", strconv.FormatFloat(limit.Seconds(), 'f', 3, 64),
		"-i", input, "-map", "0:a:0", "-map_metadata", "-1", "-threads", "1",
		"-ac", strconv.Itoa(f.Channels), "-ar", strconv.Itoa(f.Rate), "-f", "s16le", "pipe:1",
	}
}

// environ is all that the process gets to know: no secret of this one.
func environ() []string {
	env := []string{"LC_ALL=C"}
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "LD_LIBRARY_PATH=") || strings.HasPrefix(v, "DYLD_") || strings.HasPrefix(v, "SystemRoot=") {
			env = append(env, v)
		}
	}
	return env
}
