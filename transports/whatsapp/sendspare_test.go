package whatsapp_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// What Meta refuses for the file in it becomes a text, once, and is no failure of the answer.
func TestFilesThatMetaRefuses(t *testing.T) {
	t.Parallel()
	png := frame.Attachment{Name: "cat.png", MIMEType: "image/png", Data: []byte("png"), Caption: "A cat"}
	pdf := frame.Attachment{Name: "invoice.pdf", Data: []byte("%PDF-1.7")}
	const sorry = "Sorry, something went wrong on my side. Please try again. Or write /reset to begin anew."
	refusal := func(status, code int) whatsapptest.Fault {
		return whatsapptest.Fault{Err: &whatsapptest.GraphError{Status: status, Code: code, Message: "no"}}
	}
	unsupported := refusal(400, 131053)
	for _, tt := range []struct {
		name   string
		spoken bool
		extras []pipeline.Frame
		faults []whatsapptest.Fault
		want   []string
		heard  string // "" if nothing is remembered
	}{
		{"a voice note", true, nil, []whatsapptest.Fault{unsupported.On("messages", "audio")}, []string{"Hello, Ada."}, "Hello, Ada."},
		{"a voice note, for another reason", true, nil, []whatsapptest.Fault{refusal(400, 100).On("messages", "audio")}, []string{"Hello, Ada."}, "Hello, Ada."},
		{"a voice note and its text", true, nil, []whatsapptest.Fault{unsupported.On("messages", "audio"), refusal(400, 100).On("messages", "text")}, []string{sorry}, ""},
		{"a voice note whose fate is unknown", true, nil, []whatsapptest.Fault{whatsapptest.ResetAfterEffect().On("messages", "audio")}, []string{"[voice note]"}, ""},
		{"a voice note after the 24 hours", true, nil, []whatsapptest.Fault{refusal(400, 131047).On("messages", "audio")}, nil, ""},
		{"a picture", false, []pipeline.Frame{png}, []whatsapptest.Fault{unsupported.On("messages", "image")},
			[]string{"Hello, Ada.", "Sorry, I could not send you this: cat.png"}, "Hello, Ada."},
		{"a document and a picture", false, []pipeline.Frame{png, pdf}, []whatsapptest.Fault{unsupported.On("messages", "image"), unsupported.On("messages", "document")},
			[]string{"Hello, Ada.", "Sorry, I could not send you this: cat.png, invoice.pdf"}, "Hello, Ada."},
		{"one in the upload, one when it is sent", false, []pipeline.Frame{png, pdf}, []whatsapptest.Fault{unsupported.On("media", ""), unsupported.On("messages", "document")},
			[]string{"Hello, Ada.", "Sorry, I could not send you this: cat.png, invoice.pdf"}, "Hello, Ada."},
		{"of two pictures the first", false, []pipeline.Frame{png, frame.Attachment{Name: "dog.png", MIMEType: "image/png", Data: []byte("png")}},
			[]whatsapptest.Fault{unsupported.On("messages", "image")}, []string{"[image]", "Hello, Ada.", "Sorry, I could not send you this: cat.png"}, "Hello, Ada."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *whatsapp.Config) {
				c.TTS = voice(16000, nil)
				if tt.spoken {
					c.VoiceNotes = whatsapp.VoiceAlways
				}
			})
			said := make(chan []services.Message, 1)
			r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
				err := writesWith(says("Hello, Ada."), tt.extras...)(ctx, m)
				said <- m.Conversation().Snapshot().Messages
				return err
			})
			for _, f := range tt.faults {
				r.meta.Inject(f)
			}
			r.write(ada, "Hello")
			heard := ""
			for _, m := range next(r, said)[1:] {
				heard += m.Text
			}
			must(t, r.bot.Shutdown(r.ctx()))
			var got []string
			for _, m := range r.meta.Messages(ada) {
				got = append(got, m.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if heard != tt.heard {
				t.Errorf("remembered %q, want %q", heard, tt.heard)
			}
		})
	}
}

// The same when Meta takes the message first and reports later that it cannot use the file, as it does mostly.
func TestFilesThatMetaDropsLater(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind, want string
		mode       whatsapp.VoiceMode
		code       int
	}{
		"a voice note":              {"audio", "Hello, Ada.", whatsapp.VoiceAlways, 131053},
		"a picture":                 {"image", "Sorry, I could not send you this: cat.png", whatsapp.VoiceNever, 131053},
		"for another reason":        {"image", "", whatsapp.VoiceNever, 131026},
		"a text of the same answer": {"text", "", whatsapp.VoiceNever, 131053},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *whatsapp.Config) { c.TTS, c.VoiceNotes = voice(16000, nil), tt.mode })
			r.bot.OnMessage(writesWith(says("Hello, Ada."), frame.Attachment{Name: "cat.png", MIMEType: "image/png", Data: []byte("png")}))
			r.write(ada, "Hello")
			var dropped whatsapptest.Message
			for range 2 {
				m, err := r.meta.WaitMessage(r.ctx(), ada)
				must(t, err)
				if m.Type == tt.kind {
					dropped = m
				}
			}
			for range 2 { // Meta repeats itself
				must(t, r.meta.FailMessage(r.ctx(), dropped, tt.code, "Media upload error", "Unsupported"))
			}
			if tt.want != "" {
				if got := r.reply(ada); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			}
			must(t, r.bot.Shutdown(r.ctx()))
			n := 2
			if tt.want != "" {
				n = 3
			}
			if all := r.meta.Messages(ada); len(all) != n || strings.Contains(all[n-1].Text, "went wrong") {
				t.Errorf("messages: %v", all)
			}
		})
	}
}
