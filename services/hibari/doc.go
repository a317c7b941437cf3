// Package hibari is a speech synthesizer that runs in the process: American English, one female voice, 24 kHz mono.
// It needs no account and no network, only the model that `parley setup` fetches, and about 100 MB of memory, of which
// the dictionaries take 30.
//
//	tts, err := hibari.New()
//	for speech, err := range tts.Synthesize(ctx, services.Utterance{Text: "We close at 6:30 pm."}) {
//
// Text goes through four steps:
//
//	spoken    "6:30 pm" becomes "six thirty P.M": numbers, money, dates, telephone numbers, abbreviations, addresses
//	g2p       words become phonemes: dictionaries, part of speech, rules, and a network for unknown words
//	network   phonemes become spectra, one every 12.5 ms, for a whole sentence at once
//	vocoder   spectra become samples, 200 ms at a time
//
// What a caller waits for is the first audio. So the vocoder yields each step as soon as it is computed, the silence
// of a quarter of a second with which the network begins every sentence is cut to 15 ms, and the silence at the end
// is brought to the length of a natural pause. Words come with their times.
//
// One Engine serves all sessions of a process.
package hibari
