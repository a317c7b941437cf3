package whatsapp_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// newCaller is a bot whose calls wait for their end; Ada has written to it, so it may ask her.
func newCaller(t *testing.T, change func(*whatsapp.Config), opts ...whatsapptest.Option) *rig {
	t.Helper()
	r := newRig(t, change, opts...)
	r.bot.OnCall(func(ctx context.Context, _ *whatsapp.Call) error { <-ctx.Done(); return nil })
	_, err := r.meta.SendText(r.ctx(), ada, "hello")
	must(t, err)
	return r
}

// graphLog are the requests about calls and permissions, in order, with the ids of messages left out.
func (r *rig) graphLog() string {
	var all []string
	for _, e := range r.meta.Events() {
		if e.Kind == whatsapptest.EventGraph && !strings.Contains(e.Detail, "read") {
			all = append(all, strings.TrimPrefix(strings.TrimPrefix(e.Detail, "POST "), "GET "))
		}
	}
	return strings.Join(all, ", ")
}

// A user who has not permitted calls is asked, and called when she agrees, in whatever way that is told.
func TestCallIsPlacedOnceTheUserPermitsIt(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]whatsapptest.PermissionReply{
		"for a week":            {Accept: true},
		"for good":              {Accept: true, Permanent: true},
		"by itself":             {Accept: true, Automatic: true},
		"in the profile":        {Accept: true, Permanent: true, NoContext: true},
		"because of a callback": {Accept: true, Context: "wacid.HBgLMTU1NTk5OTAwMDAVAgASGCA="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newCaller(t, func(c *whatsapp.Config) { c.Texts.CallPermission = "May I call about your order?" })
			_, err := r.bot.Call(r.ctx(), toAda, whatsapp.WithOpaqueData("ticket-9"))
			if !errors.Is(err, whatsapp.ErrPermissionPending) {
				t.Fatalf("got %v", err)
			}
			question, err := r.meta.WaitPermissionRequest(r.ctx(), ada)
			must(t, err)
			if !strings.Contains(string(question.Raw), "May I call about your order?") {
				t.Errorf("she was asked %s", question.Raw)
			}
			// As long as she has not answered, she is not asked again.
			if _, err := r.bot.Call(r.ctx(), toAda); !errors.Is(err, whatsapp.ErrPermissionPending) {
				t.Errorf("again: got %v", err)
			}
			answer := r.meta.PermissionWebhook(ada, reply)
			for range 3 { // Meta repeats itself
				_, err := r.meta.Post(r.ctx(), answer)
				must(t, err)
			}
			phone, err := r.meta.WaitCall(r.ctx(), ada)
			must(t, err)
			calls := r.bot.Calls()
			if len(calls) != 1 || calls[0].Offer().Opaque != "ticket-9" {
				t.Fatalf("%d calls, or the data is not that of the call that waited", len(calls))
			}
			r.state(calls[0], whatsapp.Linked) // Meta's answer to the request is there, too
			must(t, phone.PickUp(r.ctx()))
			must(t, phone.HangUp(r.ctx()))
			if got, want := r.graphLog(), "calls connect, call_permissions, messages interactive, call_permissions, calls connect"; got != want {
				t.Errorf("requests:\n%s, want\n%s", got, want)
			}
			r.clean()
		})
	}
}

func TestCallThatTheUserDoesNotPermit(t *testing.T) {
	t.Parallel()
	r := newCaller(t, nil)
	told := make(chan webhook.Permission, 4)
	r.bot.OnPermission(func(p webhook.Permission) { told <- p })
	_, err := r.bot.Call(r.ctx(), toAda)
	if !errors.Is(err, whatsapp.ErrPermissionPending) {
		t.Fatalf("got %v", err)
	}
	must(t, r.meta.AnswerPermission(r.ctx(), ada, whatsapptest.PermissionReply{}))
	if p := next(r, told); p.Accepted || p.User.Phone != ada.WaID || p.ReplyTo == "" {
		t.Errorf("told %+v", p)
	}
	// The call is dropped: a later permission, such as for a callback, does not place it.
	must(t, r.meta.AnswerPermission(r.ctx(), ada, whatsapptest.PermissionReply{Accept: true}))
	if p := next(r, told); !p.Accepted || p.Expires.IsZero() || p.Permanent {
		t.Errorf("told %+v", p)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if got := strings.Join(r.actions(), " "); got != "connect" {
		t.Errorf("requests: %s", got)
	}
}

// A question was asked today already: Meta would refuse another one, so none is sent, and the error says until when.
func TestPermissionCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	r := newCaller(t, nil)
	if _, err := r.bot.Call(r.ctx(), toAda); !errors.Is(err, whatsapp.ErrPermissionPending) {
		t.Fatalf("got %v", err)
	}
	must(t, r.meta.AnswerPermission(r.ctx(), ada, whatsapptest.PermissionReply{}))
	_, err := r.bot.Call(r.ctx(), toAda)
	if !errors.Is(err, graph.ErrPermissionLimit) || !errors.Is(err, graph.ErrNoCallPermission) || !errors.Is(err, whatsapp.ErrNotPlaced) {
		t.Errorf("got %v", err)
	}
	if want := time.Now().Add(24 * time.Hour).UTC().Format("2006-01-02"); err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("%v does not say when it is possible again", err)
	}
	if n := strings.Count(r.graphLog(), "messages interactive"); n != 1 {
		t.Errorf("she was asked %d times", n)
	}
	// A day later she can be asked once more, and then only in a week.
	r.meta.Advance(25 * time.Hour)
	if _, err := r.bot.Call(r.ctx(), toAda); !errors.Is(err, whatsapp.ErrPermissionPending) {
		t.Errorf("a day later: got %v", err)
	}
	must(t, r.meta.AnswerPermission(r.ctx(), ada, whatsapptest.PermissionReply{}))
	r.meta.Advance(25 * time.Hour)
	if _, err := r.bot.Call(r.ctx(), toAda); !errors.Is(err, graph.ErrPermissionLimit) {
		t.Errorf("two days later: got %v", err)
	}
}

// Two calls to one user at once ask once.
func TestTwoCallsAskOnce(t *testing.T) {
	t.Parallel()
	r := newCaller(t, nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := r.bot.Call(r.ctx(), toAda); !errors.Is(err, whatsapp.ErrPermissionPending) {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if n := strings.Count(r.graphLog(), "messages interactive"); n != 1 {
		t.Errorf("she was asked %d times", n)
	}
}

// A call does not wait for ever: a permission that comes too late does not place it.
func TestCallThatWaitedTooLong(t *testing.T) {
	t.Parallel()
	r := newCaller(t, func(c *whatsapp.Config) { c.PermissionWait = time.Nanosecond })
	if _, err := r.bot.Call(r.ctx(), toAda); !errors.Is(err, whatsapp.ErrPermissionPending) {
		t.Fatalf("got %v", err)
	}
	reply, err := r.meta.Post(r.ctx(), r.meta.PermissionWebhook(ada, whatsapptest.PermissionReply{Accept: true}))
	must(t, err)
	if !strings.Contains(string(reply.Body), "ignored") {
		t.Errorf("the permission is not ignored: %s", reply.Body)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if got := strings.Join(r.actions(), " "); got != "connect" {
		t.Errorf("requests: %s", got)
	}
}

// The permission came in a way that the bot did not hear of: the next call finds out.
func TestPermissionThatWasNotTold(t *testing.T) {
	t.Parallel()
	r := newCaller(t, nil)
	if _, err := r.bot.Call(r.ctx(), toAda); !errors.Is(err, whatsapp.ErrPermissionPending) {
		t.Fatalf("got %v", err)
	}
	r.meta.Permit(ada, true)
	c, phone := r.dialled()
	must(t, phone.PickUp(r.ctx()))
	next(r, c.Accepted())
}

// The permission is there and gone when the call is placed: that is told in the log, and nobody is asked again.
func TestNoRetryWithoutPermission(t *testing.T) {
	t.Parallel()
	r := newCaller(t, nil)
	if _, err := r.bot.Call(r.ctx(), toAda); !errors.Is(err, whatsapp.ErrPermissionPending) {
		t.Fatalf("got %v", err)
	}
	answer := r.meta.PermissionWebhook(ada, whatsapptest.PermissionReply{Accept: true})
	r.meta.Permit(ada, false)
	_, err := r.meta.Post(r.ctx(), answer)
	must(t, err)
	for ctx := r.ctx(); !strings.Contains(r.log.String(), "the call that the user permitted was not placed"); <-time.After(time.Millisecond) {
		must(t, ctx.Err())
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if got := strings.Join(r.actions(), " "); got != "connect connect" {
		t.Errorf("requests: %s", got)
	}
	if n := strings.Count(r.graphLog(), "messages interactive"); n != 1 {
		t.Errorf("she was asked %d times", n)
	}
}

// The user was asked by number, and answers under the business-scoped id that is all that is told of her.
func TestPermissionUnderAnotherName(t *testing.T) {
	t.Parallel()
	r := newCaller(t, nil)
	eve := whatsapptest.User{WaID: "15559990001"}
	_, err := r.meta.SendText(r.ctx(), eve, "hello")
	must(t, err)
	if _, err := r.bot.Call(r.ctx(), webhook.User{Phone: eve.WaID}); !errors.Is(err, whatsapp.ErrPermissionPending) {
		t.Fatalf("got %v", err)
	}
	question, err := r.meta.WaitPermissionRequest(r.ctx(), eve)
	must(t, err)
	r.meta.Permit(eve, true)
	hidden := whatsapptest.User{ID: "US.42", Hidden: true}
	must(t, r.meta.AnswerPermission(r.ctx(), hidden, whatsapptest.PermissionReply{Accept: true, Context: question.ID}))
	_, err = r.meta.WaitCall(r.ctx(), eve)
	must(t, err)
}

// Whatever Meta has against a call has a name, and says what to do.
func TestCallThatMetaRefuses(t *testing.T) {
	t.Parallel()
	for code, tt := range map[int]struct {
		status int
		want   error
		advice string
	}{
		138000: {http.StatusUnauthorized, graph.ErrCallingDisabled, "enable calling"},
		138001: {http.StatusBadRequest, graph.ErrUncallable, "cannot be called"},
		138002: {http.StatusTooManyRequests, graph.ErrTooManyCalls, "1,000 calls"},
		138003: {http.StatusBadRequest, graph.ErrAlreadyInCall, "already a call"},
		138005: {http.StatusTooManyRequests, graph.ErrCallRate, "place fewer"},
		138012: {http.StatusBadRequest, graph.ErrCallLimit, "details say when"},
		138013: {http.StatusBadRequest, graph.ErrCallCountry, "country"},
		138014: {http.StatusBadRequest, graph.ErrCallsPaused, "low quality"},
		131055: {http.StatusBadRequest, graph.ErrSIP, "switch SIP off"},
	} {
		t.Run(tt.want.Error(), func(t *testing.T) {
			t.Parallel()
			r := newCaller(t, nil)
			r.meta.Permit(ada, true)
			r.meta.Inject(whatsapptest.Fault{Err: &whatsapptest.GraphError{
				Status: tt.status, Code: code, Message: "no", Data: &whatsapptest.GraphErrorTip{Details: "again at 2026-12-01T10:00:00+0000"},
			}}.On("calls", "connect").Repeat(-1))
			_, err := r.bot.Call(r.ctx(), toAda)
			if !errors.Is(err, whatsapp.ErrNotPlaced) || !errors.Is(err, tt.want) {
				t.Fatalf("got %v", err)
			}
			var refused *graph.Error
			if !errors.As(err, &refused) || !strings.Contains(refused.Advice(), tt.advice) {
				t.Errorf("got %v", err)
			}
			if at, ok := refused.NextTime(); !ok || !at.Equal(time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)) {
				t.Errorf("again at %v", at)
			}
			if got := strings.Join(r.actions(), " "); got != "connect" {
				t.Errorf("requests: %s", got)
			}
			for ctx := r.ctx(); len(r.bot.Calls()) > 0; <-time.After(time.Millisecond) { // it is over a moment later
				must(t, ctx.Err())
			}
		})
	}
}

// What cannot be a call fails before anything is asked of Meta.
func TestCallThatCannotBePlaced(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*whatsapp.Config)
		before func(r *rig)
		to     webhook.User
		opts   []whatsapp.CallOption
		want   error
	}{
		"nobody":         {want: whatsapp.ErrConfig},
		"too much data":  {to: toAda, opts: []whatsapp.CallOption{whatsapp.WithOpaqueData(strings.Repeat("x", 513))}, want: whatsapp.ErrConfig},
		"another number": {to: toAda, opts: []whatsapp.CallOption{whatsapp.FromNumber("4711")}, want: whatsapp.ErrConfig},
		"not on the list": {
			change: func(c *whatsapp.Config) { c.AllowedNumbers = []string{"15550000000"} }, to: toAda, want: whatsapp.ErrNotAllowed,
		},
		"the bot goes down": {
			before: func(r *rig) { must(r.t, r.bot.Drain(r.ctx())) }, to: toAda, want: whatsapp.ErrShutdown,
		},
		"the bot is down": {
			before: func(r *rig) { must(r.t, r.bot.Shutdown(r.ctx())) }, to: toAda, want: whatsapp.ErrShutdown,
		},
		"too many calls": {
			change: func(c *whatsapp.Config) { c.MaxCalls = 1 }, to: toAda, want: whatsapp.ErrBusy,
			before: func(r *rig) {
				eve := whatsapptest.User{WaID: "15559990001"}
				r.meta.Permit(eve, true)
				_, err := r.bot.Call(r.ctx(), webhook.User{Phone: eve.WaID})
				must(r.t, err)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, tt.change)
			r.meta.Permit(ada, true)
			r.bot.OnCall(hold(make(chan error, 1)))
			if tt.before != nil {
				tt.before(r)
			}
			asked := len(r.actions())
			if _, err := r.bot.Call(r.ctx(), tt.to, tt.opts...); !errors.Is(err, tt.want) || !errors.Is(err, whatsapp.ErrNotPlaced) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if got := r.actions(); len(got) != asked {
				t.Errorf("requests: %v", got)
			}
		})
	}
}

func TestParseUser(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]webhook.User{
		"+1 (555) 999-0000": {Phone: "15559990000"},
		"15559990000":       {Phone: "15559990000"},
		" US.1234567890 ":   {UserID: "US.1234567890"},
		"Ada":               {}, "": {}, "123": {}, "1234567890123456": {}, "+": {},
	} {
		got, err := whatsapp.ParseUser(text)
		if got != want || (err == nil) == (want == webhook.User{}) || err != nil && !errors.Is(err, whatsapp.ErrConfig) {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
}
