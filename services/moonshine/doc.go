// Package moonshine turns English speech into text with the Moonshine base model, on this machine.
//
// An Engine loads the model, which `parley setup` fetches; make one and share it between all calls. Each utterance
// is a transcription of its own:
//
//	stt, err := moonshine.New()
//	t, err := stt.Open(ctx, audio.Mono(16000))
//	err = t.Write(pcm)      // as it arrives
//	err = t.Flush()         // in each pause
//	result := <-t.Results() // the text of all that was written
//
// Moonshine reads a stretch of audio whole: an encoder turns it into features, then a decoder writes the text token
// by token, with capitals and punctuation. So there is nothing to do while somebody speaks, and everything once they
// pause; a new Flush starts over with what was added, unless that was silence. Speech longer than ten seconds is cut
// at a quiet moment, and the parts before the last cut are read while the speaker goes on: the time to the text
// after a pause does not grow with the length of the utterance.
//
// The model takes mono audio at 16 kHz. A stretch of less than a quarter of a second holds no word and gives no
// text. A second of speech costs about 25 ms of one core; no more than a limited number of stretches are read at the
// same time (WithConcurrency), the others wait.
package moonshine
