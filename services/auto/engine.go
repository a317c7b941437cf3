package auto

import "strings"

// Engine says which engine serves, for logs and reports. It holds no secrets.
type Engine struct {
	// Name is the engine or vendor, such as "ollama" or "moonshine".
	Name string `json:"name"`
	// Model is the model, if the engine has several.
	Model string `json:"model,omitempty"`
	// Server is the address of a model server.
	Server string `json:"server,omitempty"`
	// Local says that nothing leaves this machine.
	Local bool `json:"local"`
	// Demo marks the demonstration model, which proves that a bot works and is no conversationalist.
	Demo bool `json:"demo,omitempty"`
}

// String is one line, such as "ollama llama3.2:3b (http://127.0.0.1:11434/v1)".
func (e Engine) String() string {
	var b strings.Builder
	b.WriteString(e.Name)
	if e.Model != "" {
		b.WriteString(" " + e.Model)
	}
	if e.Server != "" {
		b.WriteString(" (" + e.Server + ")")
	}
	if e.Demo {
		b.WriteString(", a demonstration brain")
	}
	return b.String()
}
