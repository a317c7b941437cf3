package whatsapp_test

import (
	"testing"
	"time"
)

func TestCallIsAnsweredAndGreeted(t *testing.T) {
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	ctx := r.ctx()
	call, err := r.meta.Call(ctx, ada)
	must(t, err)
	must(t, call.WaitAccepted(ctx))
	_, err = call.WaitSpeech(ctx, 0)
	must(t, err)
	at := call.Timings()
	t.Logf("webhook %v, pre-accept %v, ICE %v, DTLS %v, accept %v, first packet %v, first speech %v after the ring",
		at.WebhookAnswered.Sub(at.Ring), at.PreAccept.Sub(at.Ring), at.ICEUp.Sub(at.Ring), at.DTLSUp.Sub(at.Ring), at.Accept.Sub(at.Ring), at.FirstPacket.Sub(at.Ring), at.FirstSpeech.Sub(at.Ring))
	must(t, call.HangUp(ctx))
	begin := time.Now()
	for _, c := range r.bot.Calls() {
		<-c.Ended()
	}
	t.Log("freed after", time.Since(begin))
	if v := call.Violations(); len(v) > 0 {
		t.Error(v)
	}
}
