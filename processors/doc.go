// Package processors has the stages of a voice agent: VAD, STT, DTMF, Turn, LLM, TTS, and small helpers around them. They
// know neither vendors nor transports: engines come in through the interfaces of package services.
//
//	pipeline.New(
//		call.Input(),
//		processors.VAD(vad),
//		processors.STT(stt),
//		processors.DTMF(),
//		processors.Turn(),
//		processors.LLM(llm, conversation),
//		processors.TTS(tts),
//		call.Output(),
//	)
//
// A text message runs through the same LLM stage, without the others.
package processors
