package models

// ONNX Runtime (MIT). The library is the same in the wheels for every Python version; asking for one of them pins
// the archive's hash. It needs glibc 2.28.
var onnxruntimeAMD64 = &bundle{
	set: ONNXRuntime, title: "the ONNX Runtime library",
	registry: pypi, name: "onnxruntime", version: "1.31.1",
	bytes:  23753652,
	sha256: "5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f",
	entries: []entry{
		{from: "onnxruntime/capi/libonnxruntime.so.1.31.1", name: RuntimeLibrary, bytes: 29352200,
			sha256: "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3"},
	},
}

var onnxruntimeARM64 = &bundle{
	set: ONNXRuntime, title: "the ONNX Runtime library",
	registry: pypi, name: "onnxruntime", version: "1.31.1", platform: "manylinux_2_28_aarch64",
	bytes:  21413526,
	sha256: "da05378364c44d4407e463982d2bf8d5e4cfea873283757e48beeb41df97b7f3",
	entries: []entry{
		{from: "onnxruntime/capi/libonnxruntime.so.1.31.1", name: RuntimeLibrary, bytes: 25265040,
			sha256: "8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467"},
	},
}

// libllama and its backends (MIT), as built by the node-llama-cpp project. They need glibc 2.34 and libstdc++.
var llamaPackageAMD64 = &bundle{
	set: Llama, title: "the llama.cpp libraries",
	registry: npm, name: "@node-llama-cpp/linux-x64", version: "3.22.1",
	bytes:   10824547,
	sha256:  "0d953e1503d5ab4608d8ed5b739132308c81ac05ffeb760d2a7f30e08a9f90e0",
	entries: llamaAMD64,
}

var llamaPackageARM64 = &bundle{
	set: Llama, title: "the llama.cpp libraries",
	registry: npm, name: "@node-llama-cpp/linux-arm64", version: "3.22.1",
	bytes:   7340902,
	sha256:  "39c76b998e35ed2f236c01472fc79eda0fc558b1c8b535023c2d7ded8c327cc4",
	entries: llamaARM64,
}
