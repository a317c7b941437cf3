// Package silero tells speech from everything else with the Silero voice activity model, on this machine.
//
// An Engine loads the model, which `parley setup` fetches; make one and share it between all calls. Each call has a
// detector of its own, which keeps the state of the recurrent network and the end of the window before:
//
//	vad, err := silero.New()
//	detector, err := vad.NewDetector(audio.Mono(16000))
//	p, err := detector.Probability(window) // 512 samples, 32 ms
//
// The model takes mono audio at 16 kHz. One window costs about 0.1 ms of one core, so it runs on the goroutine of
// its caller.
package silero
