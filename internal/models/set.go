package models

// Set names the files that one engine needs. All files of a set come out of one package.
type Set string

// The sets of the manifest.
const (
	// ONNXRuntime is the library that runs the speech models.
	ONNXRuntime Set = "onnxruntime"
	// Silero is the voice activity model.
	Silero Set = "silero"
	// Moonshine is the English speech recognition model, with one recording of a human voice.
	Moonshine Set = "moonshine"
	// Hibari is the English speech synthesis model with its dictionaries.
	Hibari Set = "hibari"
	// Llama is the library that runs language models, with its variants for different processors.
	Llama Set = "llama"
	// SmolLM2 is a small language model in GGUF format, for demonstrations.
	SmolLM2 Set = "smollm2"
)

// Names of the files that engines ask for.
const (
	// RuntimeLibrary is the shared library of the set ONNXRuntime.
	RuntimeLibrary = "libonnxruntime.so"
	// SileroModel is the model of the set Silero.
	SileroModel = "silero_vad.onnx"
	// MoonshineEncoder turns audio into features; set Moonshine.
	MoonshineEncoder = "encoder.onnx"
	// MoonshineCross turns features into what the decoder attends to; set Moonshine.
	MoonshineCross = "cross.onnx"
	// MoonshineDecoder turns that into tokens, one by one; set Moonshine.
	MoonshineDecoder = "decoder.onnx"
	// MoonshineTokens is the vocabulary; set Moonshine.
	MoonshineTokens = "tokenizer.bin"
	// Recording is ten seconds of a human voice reading English, 16 kHz mono WAV; set Moonshine.
	Recording = "beckett.wav"
	// LlamaLibrary is the main library of the set Llama. It finds the others in its own folder.
	LlamaLibrary = "libllama.v0.5.0.so"
	// GGMLLibrary loads the processor variants; set Llama.
	GGMLLibrary = "libggml.v0.5.0.so"
	// SmolLM2Model is the model of the set SmolLM2.
	SmolLM2Model = "SmolLM2-135M-Instruct.Q4_1.gguf"
)

// All returns every set of the manifest.
func All() []Set {
	return []Set{ONNXRuntime, Silero, Moonshine, Hibari, Llama, SmolLM2}
}
