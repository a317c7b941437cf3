package report

import "time"

type jsonCost struct {
	Stages           int      `json:"stages"`
	Hops             int      `json:"hops"`
	PerFrameUS       jsonStat `json:"per_frame_us"`
	PerHopUS         float64  `json:"per_hop_us"`
	BurstFrameUS     float64  `json:"burst_us_per_frame"`
	FramesPerSecond  float64  `json:"burst_frames_per_second"`
	InterruptUS      jsonStat `json:"interrupt_us"`
	InterruptedEndUS jsonStat `json:"interrupt_to_flushed_us"`
}

type jsonCrowd struct {
	Sessions       int     `json:"sessions"`
	Goroutines     float64 `json:"goroutines_per_session"`
	Bytes          int64   `json:"bytes_per_session"`
	StartPerSecond float64 `json:"starts_per_second"`
	StopPerSecond  float64 `json:"stops_per_second"`
	PerFrameUS     float64 `json:"per_frame_us"`
	Hops           int     `json:"hops"`
}

type jsonBusy struct {
	Sessions int      `json:"sessions"`
	CPU      float64  `json:"cores_used"`
	LateUS   jsonStat `json:"late_us"`
	Dropped  uint64   `json:"dropped"`
}

type jsonEngine struct {
	Costs   []jsonCost  `json:"rows"`
	Crowds  []jsonCrowd `json:"crowds"`
	Busy    []jsonBusy  `json:"busy"`
	Targets []Target    `json:"targets"`
}

func (e Engine) json() *jsonEngine {
	if len(e.Costs) == 0 && len(e.Crowds) == 0 && len(e.Busy) == 0 {
		return nil
	}
	us := func(d time.Duration) float64 { return float64(d) / 1e3 }
	out := &jsonEngine{Targets: e.Targets}
	for _, c := range e.Costs {
		out.Costs = append(out.Costs, jsonCost{c.Stages, c.Hops, micros(c.PerFrame), us(c.PerFrame.P50) / float64(c.Hops),
			us(c.BurstPerFrame), perSecond(c.BurstPerFrame), micros(c.Interrupt), micros(c.Flushed)})
	}
	for _, c := range e.Crowds {
		out.Crowds = append(out.Crowds, jsonCrowd{c.Sessions, c.Goroutines, c.Bytes, perSecond(c.Start), perSecond(c.Stop),
			us(c.PerFrame), c.Hops})
	}
	for _, b := range e.Busy {
		out.Busy = append(out.Busy, jsonBusy{b.Sessions, b.CPU, micros(b.Late), b.Dropped})
	}
	return out
}

// perSecond is how often something that takes d can happen in a second; 0 if d is not known.
func perSecond(d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(time.Second) / float64(d)
}
