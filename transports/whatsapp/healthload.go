package whatsapp

// LoadHealth is Load for the health page.
type LoadHealth struct {
	LatenessMS int64 `json:"lateness_ms"`
	LimitMS    int64 `json:"limit_ms"` // -1 if there is none
	Overloaded bool  `json:"overloaded"`
}

func (l Load) health() LoadHealth {
	limit := l.Limit.Milliseconds()
	if l.Limit < 0 {
		limit = -1
	}
	return LoadHealth{LatenessMS: l.Lateness.Milliseconds(), LimitMS: limit, Overloaded: l.Overloaded}
}
