package roundtrip_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// A voice note goes the whole way: spoken, recorded as WhatsApp does it, fetched by the bot, decoded, transcribed in
// several stretches, and answered.
func TestAWhatsAppVoiceNoteIsUnderstood(t *testing.T) {
	tts, stt := engines(t)
	meta, err := whatsapptest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = meta.Close(); http.DefaultClient.CloseIdleConnections() })
	bot := whatsapp.New(whatsapp.Config{
		AccessToken: meta.AccessToken(), PhoneNumberID: meta.PhoneNumberID(), VerifyToken: meta.VerifyToken(), AppSecret: meta.AppSecret(),
		APIBaseURL: meta.GraphURL(), Logger: slog.New(slog.DiscardHandler), STT: stt,
	})
	bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error { return msg.Reply(ctx, msg.Text()) })
	e := echo.New()
	bot.Mount(e.Group("/whatsapp"))
	server := httptest.NewServer(e)
	meta.SetWebhook(server.URL + "/whatsapp/webhook")
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := bot.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		server.Close()
	})

	note := audio.PCM{Format: audio.Mono(16000)}
	var want []string
	for _, s := range said[:11] { // with a second between them: more than half a minute in all
		pcm, _ := speak(t, tts, s.text)
		note.Samples = append(append(note.Samples, pcm.Samples...), make([]int16, 16000)...)
		want = append(want, plain(s.want)...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	user := whatsapptest.User{WaID: "15559990000", Name: "Ada"}
	began := time.Now()
	if _, err := meta.SendVoiceNote(ctx, user, note); err != nil {
		t.Fatal(err)
	}
	answer, err := meta.WaitMessage(ctx, user)
	if err != nil {
		t.Fatal(err)
	}
	n := wordErrors(plain(answer.Text), want)
	t.Logf("%v of speech, answered after %v, %d of %d words wrong: %q", note.Duration().Round(time.Second), time.Since(began).Round(time.Millisecond), n, len(want), answer.Text)
	if n*10 > len(want) {
		t.Errorf("%d of %d words are wrong, want at most a tenth", n, len(want))
	}
}
