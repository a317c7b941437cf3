// Package workspace makes a prompt of a folder of Markdown files, so that what an agent is and knows can be written by
// people who do not program:
//
//	agent/
//	  AGENTS.md    who the agent is and how it behaves; comes first
//	  hours.md     whatever else it should know, in the order of the names
//	  prices.md
//
// A Workspace notices changes of the files, so a running bot can be taught without a restart:
//
//	w, err := workspace.Open("agent")
//	...
//	processors.LLM(model, call.Conversation(), processors.WithInstructions(w.Prompt()))
package workspace
