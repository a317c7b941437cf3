// Package services defines the small interfaces that stages need of engines and vendors: STT, LLM, TTS, VAD
// and Store. Each engine or vendor has one folder below this one, which speaks that engine's protocol and
// nothing else.
//
// Results come as streams (iter.Seq2), so a consumer stops an engine by leaving its loop, and every call ends
// with its context.
package services
