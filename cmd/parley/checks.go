package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/internal/ort"
	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/services/ffmpeg"
)

// recordings is where Debian's package pocketsphinx-testdata puts its recordings of human voices.
const recordings = "/usr/share/pocketsphinx/test/data"

// checks is the list of what "parley doctor" looks at, in the order of a call: sound, speech, thought, network.
func checks() []check {
	return []check{
		{"opus", checkOpus},
		{"models", checkModels},
		{"onnx runtime", checkRuntime},
		{"speech", checkSpeech},
		{"language model", checkBrain},
		{"webhook port", checkPort},
		{"media (UDP)", checkUDP},
		{"other sound", checkSounds},
		{"demo voices", checkVoices},
		{"whatsapp", checkWhatsApp},
	}
}

// checkOpus sends 20 ms of silence through the codec that calls use.
func checkOpus(context.Context) finding {
	err := func() error {
		enc, err := opus.NewEncoder(24000)
		if err != nil {
			return err
		}
		packet, err := enc.Encode(nil, make([]int16, enc.FrameSamples()))
		if err != nil {
			return err
		}
		dec, err := opus.NewDecoder(16000)
		if err != nil {
			return err
		}
		_, err = dec.Decode(packet, make([]int16, dec.MaxSamples()))
		return err
	}()
	if err != nil {
		return finding{unwell, err.Error(), "install libopus (Debian, Ubuntu: apt-get install libopus-dev) and build " +
			"with cgo: make build"}
	}
	return finding{well, "libopus encodes and decodes", ""}
}

// checkModels looks at what "parley setup" fetches.
func checkModels(context.Context) finding {
	missing, err := models.Missing()
	if err != nil {
		return finding{unwell, err.Error(), "set PARLEY_CACHE to a folder that can be written, then run: parley setup"}
	}
	dir, err := models.Dir()
	if err != nil {
		return finding{unwell, err.Error(), "set PARLEY_CACHE to a folder that can be written"}
	}
	if len(missing) > 0 {
		names := make([]string, len(missing))
		for i, n := range missing {
			names[i] = n.Package
		}
		return finding{unwell, "missing or damaged in " + dir + ": " + strings.Join(names, ", "), "run: parley setup"}
	}
	return finding{well, "complete, in " + dir, ""}
}

// checkRuntime loads ONNX Runtime.
func checkRuntime(context.Context) finding {
	if err := ort.Start(); err != nil {
		return finding{unwell, err.Error(), "run: parley setup"}
	}
	return finding{well, "ONNX Runtime " + ort.Version(), ""}
}

// defaultListenAddr is where the example bot listens for webhooks.
const defaultListenAddr = ":8080"

// checkPort listens where the bot will.
func checkPort(ctx context.Context) finding {
	addr := os.Getenv("LISTEN_ADDR")
	if addr == "" {
		addr = defaultListenAddr
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return finding{unwell, err.Error(), "end the program that has this port, or set LISTEN_ADDR to another host:port"}
	}
	_ = l.Close() // nobody connected
	return finding{well, addr + " is free", ""}
}

// checkUDP sends one datagram to itself, over the loopback interface, as the media of a call on one machine does.
func checkUDP(ctx context.Context) finding {
	err := func() error {
		c, err := new(net.ListenConfig).ListenPacket(ctx, "udp4", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer c.Close()
		if err := c.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
			return err
		}
		if _, err := c.WriteTo([]byte("parley"), c.LocalAddr()); err != nil {
			return err
		}
		_, _, err = c.ReadFrom(make([]byte, 16))
		return err
	}()
	if err != nil {
		return finding{unwell, err.Error(), "allow UDP on this machine, in its firewall or container: calls need it"}
	}
	return finding{well, "datagrams pass on the loopback interface", ""}
}

// checkVoices looks for what plays the caller in the demo and in the benchmarks.
func checkVoices(context.Context) finding {
	var missing []string
	if _, err := exec.LookPath("flite"); err != nil {
		missing = append(missing, "flite")
	}
	if _, err := os.Stat(recordings); err != nil {
		missing = append(missing, "pocketsphinx-testdata")
	}
	if len(missing) > 0 {
		return finding{note, "not here: " + strings.Join(missing, ", ") + "; only the demo and the benchmarks need it",
			"Debian, Ubuntu: apt-get install " + strings.Join(missing, " ")}
	}
	return finding{well, "flite and recorded human voices", ""}
}

// checkSounds looks for what decodes recordings that are no voice notes.
func checkSounds(context.Context) finding {
	d, err := ffmpeg.Find()
	if err != nil {
		return finding{note, "no ffmpeg; without it MP3, M4A, AAC and AMR recordings and the sound of videos are not heard",
			"Debian, Ubuntu: apt-get install ffmpeg"}
	}
	return finding{well, d.Path() + " decodes recordings of all kinds and the sound of videos", ""}
}

// checkWhatsApp tells which settings a bot on a real number would lack.
func checkWhatsApp(context.Context) finding {
	var missing []string
	for _, name := range []string{"WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_VERIFY_TOKEN",
		"WHATSAPP_APP_SECRET"} {
		if os.Getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return finding{note, fmt.Sprintf("not set: %s; only a real number needs it", strings.Join(missing, ", ")),
			"see examples/whatsapp-voice/README.md; calls on this machine work without"}
	}
	return finding{well, "the settings for a real number are there", ""}
}
