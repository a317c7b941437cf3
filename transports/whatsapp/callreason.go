package whatsapp

import (
	"errors"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/internal/rtc"
)

// reasons are the classes of reasons, the more special ones first.
var reasons = [...]struct {
	err   error
	class string
}{
	{ErrNoAnswer, "no_answer"},
	{ErrDeclined, "declined"},
	{ErrPermissionPending, "permission_pending"},
	{ErrUserHungUp, "user_hung_up"},
	{ErrFailedAtMeta, "failed_at_meta"},
	{ErrBotHungUp, "bot_hung_up"},
	{ErrNotAllowed, "not_allowed"},
	{ErrBusy, "busy"},
	{ErrOverloaded, "overloaded"},
	{ErrClosedNow, "closed_now"},
	{ErrShutdown, "shutdown"},
	{ErrTooLong, "too_long"},
	{ErrMediaLost, "media_lost"},
	{ErrNotConnected, "not_connected"},
	{ErrHandler, "handler_failed"},
	{errNoHandler, "no_handler"},
	{rtc.ErrRelay, "no_turn_server"},
	{rtc.ErrOffer, "bad_offer"},
	{rtc.ErrAnswer, "bad_answer"},
	{graph.ErrNoCallPermission, "no_permission"},
	{ErrRejected, "rejected"},
	{ErrConfig, "configuration"},
	{ErrNotPlaced, "not_placed"},
}

// ReasonClass puts the reason for which a call ended into one of a few classes, such as "user_hung_up", for
// statistics. A failure to tell Meta of a call is "graph_" with graph.Outcome; nil is "".
func ReasonClass(reason error) string {
	if reason == nil {
		return ""
	}
	for _, r := range reasons {
		if errors.Is(reason, r.err) {
			return r.class
		}
	}
	if outcome := graph.Outcome(reason); outcome != graph.OutcomeOther {
		return "graph_" + outcome
	}
	return "other"
}

// Expected reports whether a call may end for that reason without anybody having to look after it: somebody hung
// up, or the call was refused as configured.
func Expected(reason error) bool { return reason == nil || expected(reason) }
