package whatsapp_test

import (
	"context"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// drowsy is a services.STT that does not get on with recordings of a second until it is woken.
type drowsy struct {
	typist
	begun chan struct{}
	woken chan struct{}
}

func (s *drowsy) Open(ctx context.Context, f audio.Format) (services.Transcription, error) {
	t, err := s.typist.Open(ctx, f)
	return &dozing{Transcription: t, ctx: ctx, stt: s}, err
}

type dozing struct {
	services.Transcription
	ctx context.Context
	stt *drowsy
}

func (d *dozing) Write(pcm audio.PCM) error {
	if pcm.Duration() <= time.Second {
		d.stt.begun <- struct{}{}
		select {
		case <-d.stt.woken:
		case <-d.ctx.Done():
		}
	}
	return d.Transcription.Write(pcm)
}

// However many recordings one user sends at once, those of others are heard meanwhile.
func TestOneUsersRecordingsHoldUpNobodyElse(t *testing.T) {
	t.Parallel()
	stt := &drowsy{typist: typist{hears: "Hello"}, begun: make(chan struct{}, 8), woken: make(chan struct{})}
	r := newRig(t, func(c *whatsapp.Config) { c.STT, c.Debounce, c.DebounceLimit = stt, time.Second, 5*time.Second })
	r.bot.OnMessage(writes(echoModel()))
	for range 4 {
		_, err := r.meta.SendVoiceNote(r.ctx(), ada, sound(16000, 1))
		must(t, err)
	}
	next(r, stt.begun)
	bob := whatsapptest.User{WaID: "15558880000", Name: "Bob"}
	_, err := r.meta.SendVoiceNote(r.ctx(), bob, sound(16000, 2))
	must(t, err)
	if got := r.reply(bob); got != "You said: Hello" {
		t.Errorf("the other user got %q", got)
	}
	close(stt.woken)
	if got := r.reply(ada); got != "You said: Hello\nHello\nHello\nHello" {
		t.Errorf("the user of many recordings got %q", got)
	}
}

// A document that asks for more than may be taken is told as that, and the next message is answered.
func TestADocumentThatTakesTooMuch(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnMessage(writes(echoModel()))
	greedy := "%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\nxref\n99999999999 1\n0000000009 00000 n \ntrailer\n<</Size 2/Root 1 0 R>>\nstartxref\n42\n%%EOF\n"
	_, err := r.meta.SendDocument(r.ctx(), ada, "a.pdf", "application/pdf", []byte(greedy), "")
	must(t, err)
	if got, want := r.reply(ada), "Sorry, your document a.pdf takes me too long to read. Please send a smaller part of it, or write to me."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	r.write(ada, "Hello")
	if got := r.reply(ada); got != "You said: Hello" {
		t.Errorf("then %q", got)
	}
}
