package whatsapp_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// Meta repeats webhooks that are not answered at once. A handler that does not even look at its context does not delay the
// answer, and a repeated webhook makes no second call.
func TestPitfall15WebhookIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, whatsapptest.WithRetries(0, 10*time.Millisecond))
	release := make(chan struct{})
	var handlers atomic.Int32
	r.bot.OnCall(func(context.Context, *whatsapp.Call) error {
		handlers.Add(1)
		<-release
		return nil
	})
	r.meta.Inject(whatsapptest.Latency(500*time.Millisecond).On("calls", "pre_accept"))
	call, err := r.meta.Call(r.ctx(), ada)
	must(t, err)
	at := call.Timings()
	if d := at.WebhookAnswered.Sub(at.Ring); d > 400*time.Millisecond {
		t.Errorf("the webhook was answered after %v", d)
	}
	for range 3 {
		reply, err := r.meta.Post(r.ctx(), call.ConnectWebhook())
		must(t, err)
		if !strings.Contains(string(reply.Body), "ignored") {
			t.Errorf("a repeated webhook is answered %s", reply.Body)
		}
	}
	must(t, call.WaitAccepted(r.ctx()))
	close(release)
	r.ended(call)
	if n := handlers.Load(); n != 1 {
		t.Errorf("%d handlers", n)
	}
}

// A late terminate of an earlier call of the same user does not end the call that runs.
func TestPitfall16LateTerminateOfAnEarlierCall(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	old := r.answered(ada)
	must(t, old.HangUp(r.ctx()))
	call := r.answered(ada)
	for range 2 {
		_, err := r.meta.Post(r.ctx(), old.TerminateWebhook())
		must(t, err)
	}
	_, err := call.WaitSpeech(r.ctx(), 0)
	must(t, err)
	if calls := r.bot.Calls(); len(calls) != 1 || calls[0].ID() != call.ID() {
		t.Errorf("calls: %v", calls)
	}
	must(t, call.HangUp(r.ctx()))
}

// What Meta's pages call required is missing in real webhooks, and errors have no href.
func TestPitfall17WebhooksLackThings(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	why := make(chan error, 1)
	r.bot.OnCall(hold(why))
	call, err := r.meta.Call(r.ctx(), ada, whatsapptest.Unannounced())
	must(t, err)
	w := call.ConnectWebhook()
	value := &w.Entry[0].Changes[0].Value
	value.Contacts = nil
	event := value.Calls[0]
	for _, key := range []string{"direction", "to", "timestamp"} {
		delete(event, key)
	}
	_, err = r.meta.Post(r.ctx(), w)
	must(t, err)
	must(t, call.WaitAccepted(r.ctx()))
	end := call.TerminateWebhook()
	value = &end.Entry[0].Changes[0].Value
	value.Contacts = nil
	fault := []map[string]any{{"code": 138021}}
	value.Errors, value.Calls[0]["errors"], value.Calls[0]["status"] = fault, fault, "Failed"
	_, err = r.meta.Post(r.ctx(), end)
	must(t, err)
	if err := next(r, why); !strings.Contains(err.Error(), "138021") {
		t.Errorf("reason %v", err)
	}
	// The challenge of the verification is any text, not a number.
	for _, challenge := range []string{"a-b_c", "99999999999999999999999999"} {
		status, body, _ := r.get("/webhook?hub.mode=subscribe&hub.verify_token=" + r.meta.VerifyToken() + "&hub.challenge=" + challenge)
		if status != 200 || body != challenge {
			t.Errorf("the challenge %s: %d %q", challenge, status, body)
		}
	}
}

// The signature is of the bytes: a name with accents and emoji comes as escapes, and slashes as well.
func TestPitfall18SignatureOfEscapedText(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	names := make(chan string, 1)
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		names <- c.From().Name
		return beep(ctx, c)
	})
	user := whatsapptest.User{WaID: "15551112222", Name: "Zoë 👍🏽 a/b"}
	call := r.answered(user)
	if got := next(r, names); got != user.Name {
		t.Errorf("the caller is %q", got)
	}
	must(t, call.HangUp(r.ctx()))
}

// Packets have no header extensions, though the offer has some, and no payload types but those of the answer.
func TestPitfall19PacketsHaveNothingForeign(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	call := r.answered(ada, whatsapptest.OldOffer())
	if got := withPrefix(answerLines(t, call), "a=extmap:"); len(got) != 0 {
		t.Errorf("the answer agrees to %q", got)
	}
	_, err := call.WaitSpeech(r.ctx(), 0)
	must(t, err)
	must(t, call.HangUp(r.ctx()))
	r.clean()
}

// The accept has the very answer of the pre-accept, also when it has to be sent again.
func TestPitfall20SameAnswerTwice(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	for _, action := range []string{"pre_accept", "accept"} {
		r.meta.Inject(whatsapptest.InternalError().On("calls", action))
	}
	call := r.answered(ada) // the emulator refuses an accept with another answer
	must(t, call.HangUp(r.ctx()))
	r.clean()
}

// Nothing but Opus and telephone-event/8000 is agreed on or offered.
func TestPitfall21OnlyUsableCodecs(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.meta.Permit(ada, true)
	r.bot.OnCall(beep)
	codecs := func(what string, call *whatsapptest.Call) {
		for _, line := range withPrefix(answerLines(t, call), "a=rtpmap:") {
			if _, codec, _ := strings.Cut(line, " "); codec != "opus/48000/2" && codec != "telephone-event/8000" {
				t.Errorf("%s has %s", what, line)
			}
		}
	}
	call := r.answered(ada)
	codecs("the answer", call)
	must(t, call.HangUp(r.ctx()))
	_, phone := r.dialled()
	codecs("the offer", phone)
	must(t, phone.HangUp(r.ctx()))
}

// The offer's a=ssrc line has a cname and nothing else.
func TestPitfall22LoneCname(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	call := r.answered(ada)
	if !strings.Contains(call.Offer(), " cname:WhatsAppAudioStream1\r\n") || strings.Contains(call.Offer(), " msid:") {
		t.Error("the emulator's offer is not the one that this is about")
	}
	_, err := call.WaitSpeech(r.ctx(), 0)
	must(t, err)
	must(t, call.HangUp(r.ctx()))
	r.clean()
}

// The offer never says that its candidates are complete. They are, and nobody waits for more.
func TestPitfall23NobodyWaitsForCandidates(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	call := r.answered(ada)
	if strings.Contains(call.Offer(), "end-of-candidates") {
		t.Error("the emulator's offer is not the one that this is about")
	}
	if at := call.Timings(); at.ICEUp.Sub(at.PreAccept) > 2*time.Second {
		t.Errorf("ICE took %v", at.ICEUp.Sub(at.PreAccept))
	}
	must(t, call.HangUp(r.ctx()))
}

// A user without a number is one user, in calls and texts.
func TestPitfall25UserWithoutANumber(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	users := make(chan string, 2)
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		users <- c.From().Phone + "/" + c.From().UserID
		return beep(ctx, c)
	})
	r.bot.OnMessage(func(_ context.Context, m *whatsapp.Message) error {
		users <- m.From().Phone + "/" + m.From().UserID
		return nil
	})
	hidden := whatsapptest.User{ID: "US.77", WaID: "15551234567", Hidden: true}
	call := r.answered(hidden)
	must(t, call.HangUp(r.ctx()))
	r.write(hidden, "hello")
	if first, second := next(r, users), next(r, users); first != "/US.77" || second != first {
		t.Errorf("the users are %q and %q", first, second)
	}
}

// Messenger's calls look alike and are none of WhatsApp's.
func TestPitfall27MessengerCalls(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(func(context.Context, *whatsapp.Call) error { t.Error("a handler was started"); return nil })
	for _, body := range []string{
		`{"object":"page","entry":[{"id":"1","time":1,"calls":[{"id":"c1","event":"connect","session":{"sdp_type":"offer","sdp":"v=0\r\n"}}]}]}`,
		`{"object":"whatsapp_business_account","entry":[{"id":"1","calls":[{"id":"c2","event":"connect","session":{"sdp_type":"offer","sdp":"v=0\r\n"}}]}]}`,
	} {
		reply, err := r.meta.Post(r.ctx(), []byte(body))
		must(t, err)
		if reply.Status != 200 || !strings.Contains(string(reply.Body), "ignored") {
			t.Errorf("%d %s", reply.Status, reply.Body)
		}
	}
	if n := len(r.bot.Calls()); n != 0 {
		t.Errorf("%d calls", n)
	}
}
