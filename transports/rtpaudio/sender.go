package rtpaudio

import (
	"fmt"
	"math/rand/v2"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
)

// tailFrames of real silence are encoded behind speech, so that encoder and decoder come to rest together
// before ready-made packets take over.
const tailFrames = 5

// idleRate is the rate at which silence is encoded, WhatsApp's own.
const idleRate = 16000

// Sender makes the RTP packets of one speaker: one of 20 ms for every call of Audio or Silence. Sequence
// numbers and timestamps go on through both, from random beginnings.
//
// It is for one goroutine at a time, typically the 20 ms clock of a call.
type Sender struct {
	opts     []opus.Option
	speakers map[int]*speaker // by rate, made when first needed
	speaking *speaker         // the one of the last speech, while its tail lasts
	tail     int              // frames of it left
	silent   bool             // the last packet was silence, or there was none
	idle     []byte           // one packet of silence, made when first needed
	zeros    []int16          // 20 ms of silence at the rate of the last speech
	packet   rtp.Packet
	events   uint8  // payload type of keys; 0 if there are none
	key      *press // nil if none is pressed
	marked   bool   // the next packet of audio gets the marker: keys were sent before
}

// NewSender makes a Sender of packets with the payload type of Opus, 1 to 127.
func NewSender(opusType uint8, opts ...SenderOption) (*Sender, error) {
	if opusType == 0 || opusType > 127 {
		return nil, fmt.Errorf("%w: payload type %d of Opus is not within 1 to 127", ErrConfig, opusType)
	}
	s := &Sender{
		speakers: make(map[int]*speaker),
		silent:   true,
		packet: rtp.Packet{Header: rtp.Header{
			Version:        2,
			PayloadType:    opusType,
			SequenceNumber: uint16(rand.Uint32()),
			Timestamp:      rand.Uint32(),
			SSRC:           rand.Uint32(),
		}},
	}
	for _, o := range opts {
		if err := o(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Audio returns the packet for 20 ms of mono audio of any usual rate, which may change from call to call. Audio
// at 8000, 12000, 16000, 24000 or 48000 Hz goes into Opus as it is, other rates are resampled first; where 20 ms
// are no whole number of samples, as at 11025 Hz, give one more or less by turns. The packet's marker is set if silence
// was sent before. The packet and its payload are the Sender's own and valid until the next call: send it, or
// copy it.
//
// Audio of another length or of several channels gives ErrFrame, and no packet is counted.
func (s *Sender) Audio(pcm audio.PCM) (*rtp.Packet, error) {
	// The length in samples of 20 ms, times 50, may miss the rate by less than 50.
	if miss := pcm.Len()*50 - pcm.Rate; pcm.Channels != 1 || pcm.Rate <= 0 || miss <= -50 || miss >= 50 {
		return nil, fmt.Errorf("%w: %d samples of %v; want 20 ms of mono", ErrFrame, pcm.Len(), pcm.Format)
	}
	speaker, err := s.speaker(pcm.Rate)
	if err != nil {
		return nil, err
	}
	if speaker != s.speaking { // what this one said last was long ago, or nothing
		if err := speaker.begin(); err != nil {
			return nil, err
		}
	}
	payload, err := speaker.encode(pcm.Samples)
	if err != nil {
		return nil, err
	}
	if s.speaking, s.tail = speaker, tailFrames; len(s.zeros) != pcm.Len() {
		s.zeros = make([]int16, pcm.Len())
	}
	marker := s.silent
	s.silent = false
	return s.next(payload, marker), nil
}

// Silence returns the packet for 20 ms of silence. It is the Sender's own and valid until the next call.
func (s *Sender) Silence() (*rtp.Packet, error) {
	payload, err := s.quiet()
	if err != nil {
		return nil, err
	}
	s.silent = true
	return s.next(payload, false), nil
}

// quiet returns a payload of silence: the tail of speech, or the ready-made one.
func (s *Sender) quiet() ([]byte, error) {
	if s.tail > 0 {
		payload, err := s.speaking.encode(s.zeros)
		if s.tail--; s.tail == 0 {
			s.speaking = nil
		}
		return payload, err
	}
	if s.idle == nil {
		enc, err := opus.NewEncoder(idleRate, s.opts...)
		if err != nil {
			return nil, err
		}
		if s.idle, err = enc.Silence(); err != nil {
			return nil, err
		}
	}
	return s.idle, nil
}

func (s *Sender) speaker(rate int) (*speaker, error) {
	if sp := s.speakers[rate]; sp != nil {
		return sp, nil
	}
	sp, err := newSpeaker(rate, s.opts)
	if err != nil {
		return nil, err
	}
	s.speakers[rate] = sp
	return sp, nil
}

// next fills in the packet in hand and moves its numbers on for the one after.
func (s *Sender) next(payload []byte, marker bool) *rtp.Packet {
	s.packet.SequenceNumber++
	s.packet.Timestamp += rtpRate / 50
	s.packet.Marker = marker || s.marked && payload != nil
	if payload != nil {
		s.marked = false
	}
	s.packet.Payload = payload
	return &s.packet
}
