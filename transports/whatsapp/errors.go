package whatsapp

import (
	"errors"
	"fmt"
)

// Reasons for which calls end, and other errors of this package. They are wrapped with particulars.
var (
	// ErrConfig means that the configuration is incomplete or wrong.
	ErrConfig = errors.New("whatsapp: the configuration does not work")
	// ErrUserHungUp means that Meta reported the end of the call without a fault: usually the user hung up.
	ErrUserHungUp = errors.New("whatsapp: the user hung up")
	// ErrFailedAtMeta means that Meta ended the call because something failed on its side or on the phone, such as that no audio
	// came through (138021); the code is in the error.
	ErrFailedAtMeta = errors.New("whatsapp: the call failed")
	// ErrBotHungUp means that the bot ended the call: its handler returned, or Terminate was called.
	ErrBotHungUp = errors.New("whatsapp: the bot hung up")
	// ErrRejected means that the call was declined before it was answered.
	ErrRejected = errors.New("whatsapp: the call was rejected")
	// ErrNotAllowed means that the user is not on the list of allowed numbers.
	ErrNotAllowed = errors.New("whatsapp: the user is not allowed")
	// ErrBusy means that there are as many calls as the configuration allows.
	ErrBusy = errors.New("whatsapp: there are too many calls")
	// ErrOverloaded means that this machine cannot serve one more call well; see Config.MaxLateness.
	ErrOverloaded = errors.New("whatsapp: the machine is overloaded")
	// ErrClosedNow means that the call came outside of the hours at which calls are taken.
	ErrClosedNow = errors.New("whatsapp: no calls are taken at this time")
	// ErrTooLong means that the call reached its longest duration.
	ErrTooLong = errors.New("whatsapp: the call lasted as long as it may")
	// ErrShutdown means that the bot is shutting down.
	ErrShutdown = errors.New("whatsapp: the bot is shutting down")
	// ErrNotConnected means that no media connection came about in time.
	ErrNotConnected = errors.New("whatsapp: the media connection did not come about")
	// ErrMediaLost means that the caller vanished: nothing came from there any more.
	ErrMediaLost = errors.New("whatsapp: nothing comes from the caller any more")
	// ErrNoAnswer means that the user did not pick up, or that Meta reported the end of the call before that.
	ErrNoAnswer = errors.New("whatsapp: the user did not answer the call")
	// ErrDeclined means that the user declined the call.
	ErrDeclined = errors.New("whatsapp: the user declined the call")
	// ErrNotPlaced means that a call of the business could not be placed. If Meta refused it, it wraps a *graph.Error.
	ErrNotPlaced = errors.New("whatsapp: the call was not placed")
	// ErrPermissionPending means that the user was asked for permission to be called. The call is placed when it is given.
	ErrPermissionPending = errors.New("whatsapp: the user was asked for permission; the call is placed when it is given")
	// errKept means that an answer was not sent before the bot ended. If it is in a journal that outlives the process, the next
	// start sends it.
	errKept = fmt.Errorf("%w: an answer that waited for Meta's limits was not sent", ErrShutdown)
	// errLate means that the journal's store did not answer in time.
	errLate = fmt.Errorf("whatsapp: its store did not answer within %v", openLimit)
	// errNoWish means that no call waits for a permission, or that another bot on the same store has placed it.
	errNoWish = errors.New("whatsapp: no call waits for this permission")
	// errManyWishes means that there is no room in the store for one more call that waits for a permission.
	errManyWishes = errors.New("whatsapp: too many calls wait for a permission to be stored")
	// errDamagedWishes means that the store holds something else than calls that wait for a permission.
	errDamagedWishes = errors.New("whatsapp: the calls that wait for a permission cannot be read")
	// ErrKeys means that keys cannot be sent: they are no keys, too many, or the call is not active.
	ErrKeys = errors.New("whatsapp: cannot send these keys")
	// ErrTooMuch means that a message was not sent because there are too many: Meta limits them by user and by number.
	ErrTooMuch = errors.New("whatsapp: too many messages")
	// ErrHandler means that the handler of a call or message failed or panicked.
	ErrHandler = errors.New("whatsapp: the handler failed")
)
