// Package pipelinetest tests stages alone: scripted frames with gaps of virtual time in, exact frames out, in
// order.
//
//	synctest.Test(t, func(t *testing.T) {
//		got := pipelinetest.Run(t, pipelinetest.Script{frame.Say{Text: "hi"}, time.Second, frame.Say{Text: "bye"}}, stage)
//		...
//	})
package pipelinetest
