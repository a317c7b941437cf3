// Package vocoder turns the spectra that the hibari network predicts into a waveform.
//
// Every 12.5 ms the network gives, for 601 frequencies, three parts of the sound: a filter (magnitude and
// rotation) for the pulses of the voice, the magnitude of its noise, and a free part with its own phase. The
// vocoder makes a train of pulses from the pitch, filters it by its short-time Fourier transform, adds noise and
// the free part, and transforms back.
//
// It works in float32 and in steps of 16 frames (200 ms), so that the first audio is there long before the last.
// Sines come from tables, exponentials from a polynomial: both are accurate to better than -80 dB, far below the
// noise that is part of the voice.
package vocoder
