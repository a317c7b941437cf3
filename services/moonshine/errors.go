package moonshine

import "errors"

var (
	// ErrClosed reports the use of a transcription or an engine after it was closed.
	ErrClosed = errors.New("moonshine: closed")
	// ErrTooLong reports an utterance that goes on beyond the limit. What was written before can still be flushed.
	ErrTooLong = errors.New("moonshine: utterance too long")
	// ErrVocabulary reports a damaged token file.
	ErrVocabulary = errors.New("moonshine: bad vocabulary file")
	// ErrModel reports a model whose inputs or outputs are not what they should be.
	ErrModel = errors.New("moonshine: unexpected model")
)
