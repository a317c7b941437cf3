package playout

import (
	"strings"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
)

// response is what is known of one response: its audio that was not played yet, and its text.
type response struct {
	id      uint64
	gen     *pipeline.Generation
	pieces  []audio.PCM // not played yet; the first may be played in part
	clauses []clause
	ended   bool // ResponseEnd has come: nothing more follows
	started bool // some of it was played
}

// clause is a stretch of samples and the text that they say.
type clause struct {
	text          string
	words         []frame.Word
	total, played time.Duration
}

func (r *response) add(f frame.AudioOut) {
	if f.Text != "" || len(r.clauses) == 0 {
		r.clauses = append(r.clauses, clause{text: f.Text})
	}
	c := &r.clauses[len(r.clauses)-1]
	for _, w := range f.Words { // their times count from the start of this piece
		c.words = append(c.words, frame.Word{Text: w.Text, Start: c.total + w.Start, End: c.total + w.End})
	}
	c.total += f.PCM.Duration()
	if len(f.PCM.Samples) > 0 {
		r.pieces = append(r.pieces, f.PCM)
	}
}

// buffered is the duration of the audio that waits to be played.
func (r *response) buffered() (d time.Duration) {
	for _, p := range r.pieces {
		d += p.Duration()
	}
	return d
}

// take cuts the next 20 ms off the buffer; the last packet of a response, or of a stretch at one rate, is filled up
// with silence. It returns false if there is less and more may follow. scratch is used when the packet does not
// lie in one piece.
func (r *response) take(scratch []int16) (audio.PCM, []int16, bool) {
	if len(r.pieces) == 0 {
		return audio.PCM{}, scratch, false
	}
	format := r.pieces[0].Format
	want := format.Samples(PacketDuration)
	if p := r.pieces[0]; p.Len() >= want {
		out := audio.PCM{Format: format, Samples: p.Samples[:want]}
		r.advance(want)
		return out, scratch, true
	}
	have, whole := 0, r.ended // whole: no more samples can join this packet
	for _, p := range r.pieces {
		if p.Format != format {
			whole = true
			break
		}
		have += p.Len()
	}
	if have < want && !whole {
		return audio.PCM{}, scratch, false
	}
	scratch = scratch[:0]
	for len(scratch) < want && len(r.pieces) > 0 && r.pieces[0].Format == format {
		n := min(want-len(scratch), r.pieces[0].Len())
		scratch = append(scratch, r.pieces[0].Samples[:n]...)
		r.advance(n)
	}
	for len(scratch) < want {
		scratch = append(scratch, 0)
	}
	return audio.PCM{Format: format, Samples: scratch}, scratch, true
}

// advance marks n samples of the first piece as played.
func (r *response) advance(n int) {
	p := &r.pieces[0]
	r.playedFor(p.Format.Duration(n))
	p.Samples = p.Samples[n:]
	if len(p.Samples) == 0 {
		r.pieces[0] = audio.PCM{}
		r.pieces = r.pieces[1:]
	}
}

// playedFor attributes played time to the clauses, in order.
func (r *response) playedFor(d time.Duration) {
	for i := range r.clauses {
		c := &r.clauses[i]
		if left := c.total - c.played; left > 0 {
			n := min(left, d)
			c.played += n
			if d -= n; d == 0 {
				return
			}
		}
	}
}

// heard is the text of what was played: whole clauses, and of the one at which playback stopped the words that
// were said, by their times if the TTS told them, else in proportion.
func (r *response) heard() string {
	var said []string
	for _, c := range r.clauses {
		if text := c.heard(); text != "" {
			said = append(said, text)
		}
	}
	return strings.Join(said, " ")
}

// tail is the silence at the end of a clause that need not be heard for its text to count as heard.
const tail = 150 * time.Millisecond

func (c *clause) heard() string {
	text := strings.TrimSpace(c.text)
	if c.played <= 0 {
		return ""
	}
	if c.played+tail >= c.total {
		return text
	}
	if len(c.words) > 0 {
		var said []string
		for _, w := range c.words {
			if w.End <= c.played {
				said = append(said, w.Text)
			}
		}
		return strings.Join(said, " ")
	}
	words := strings.Fields(text)
	n := int(int64(len(words)) * int64(c.played) / int64(c.total))
	return strings.Join(words[:n], " ")
}
