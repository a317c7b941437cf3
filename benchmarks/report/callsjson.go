package report

type jsonSetup struct {
	Calls         int      `json:"calls"`
	Together      int      `json:"at_once"`
	WebhookMS     jsonStat `json:"webhook_answered_ms"`
	PreAcceptMS   jsonStat `json:"pre_accept_ms"`
	AcceptMS      jsonStat `json:"accept_ms"`
	FirstPacketMS jsonStat `json:"first_packet_ms"`
}

type jsonLoad struct {
	Calls       int      `json:"calls"`
	Served      bool     `json:"served"`
	LateMS      jsonStat `json:"late_ms"`
	SlowestRate float64  `json:"slowest_packets_per_second"`
	Lost        uint64   `json:"lost_packets"`
	Over        int      `json:"ended_calls"`
	CPU         float64  `json:"bot_cores"`
	OthersCPU   float64  `json:"others_on_the_bots_core"`
	CallersCPU  float64  `json:"callers_cores"`
	Turns       int64    `json:"turns"`
	Speech      float64  `json:"speech"`
	Resident    int64    `json:"resident_bytes"`
}

type jsonCapacity struct {
	Kind  string     `json:"bot"`
	Most  int        `json:"most_calls"`
	Loads []jsonLoad `json:"rows"`
}

type jsonGaps struct {
	Packets   uint64  `json:"packets"`
	Lost      uint64  `json:"missing"`
	Corrected uint64  `json:"corrected"`
	Concealed uint64  `json:"concealed"`
	FilledMS  float64 `json:"filled_ms"`
}

type jsonNetwork struct {
	Calls      int      `json:"calls"`
	Answered   int      `json:"answered"`
	Over       int      `json:"lost"`
	Seconds    float64  `json:"seconds"`
	Loss       float64  `json:"loss"`
	JitterMS   float64  `json:"jitter_ms"`
	Turns      int64    `json:"turns"`
	Violations int      `json:"violations"`
	ToBot      jsonGaps `json:"to_the_bot"`
	ToUsers    jsonGaps `json:"to_the_users"`
}

type jsonLeftovers struct {
	Calls  int        `json:"calls"`
	Before ProcessUse `json:"before"`
	After  ProcessUse `json:"after"`
}

type jsonCalls struct {
	Setups   []jsonSetup    `json:"setup,omitempty"`
	Left     *jsonLeftovers `json:"leftovers,omitempty"`
	Capacity []jsonCapacity `json:"capacity,omitempty"`
	Network  *jsonNetwork   `json:"network,omitempty"`
	Targets  []Target       `json:"targets"`
}

func (g AudioGaps) json() jsonGaps {
	return jsonGaps{g.Packets, g.Lost, g.Corrected, g.Concealed, Milliseconds(g.Filled)}
}

func (c Calls) json() *jsonCalls {
	if len(c.Setups) == 0 && len(c.Capacity) == 0 && c.Network.Calls == 0 && c.Left.Calls == 0 {
		return nil
	}
	out := &jsonCalls{Targets: c.Targets}
	for _, s := range c.Setups {
		out.Setups = append(out.Setups, jsonSetup{s.Calls, s.Together, millis(s.Webhook), millis(s.PreAccept), millis(s.Accept), millis(s.FirstPacket)})
	}
	if c.Left.Calls > 0 {
		out.Left = &jsonLeftovers{c.Left.Calls, c.Left.Before, c.Left.After}
	}
	for _, k := range c.Capacity {
		j := jsonCapacity{Kind: k.Kind, Most: k.Most}
		for _, l := range k.Loads {
			j.Loads = append(j.Loads, jsonLoad{l.Calls, l.Served, millis(l.Late), l.SlowestRate, l.Lost, l.Over, l.CPU, l.OthersCPU,
				l.CallersCPU, l.Turns, l.Speech, l.Resident})
		}
		out.Capacity = append(out.Capacity, j)
	}
	if n := c.Network; n.Calls > 0 {
		out.Network = &jsonNetwork{n.Calls, n.Answered, n.Over, n.For.Seconds(), n.Loss, Milliseconds(n.Jitter), n.Turns, n.Violations,
			n.ToBot.json(), n.ToUsers.json()}
	}
	return out
}
